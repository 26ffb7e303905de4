//! Reads a rule's page (or a fixture in the same format) into sections, blocks and carets. CONTRIBUTING.md describes the format.

use std::ops::Range;

/// One Markdown file of `rules/` or `fixtures/rules/`.
#[derive(Debug, PartialEq)]
pub struct Page {
    /// The text of each `## ` heading, in order.
    pub headings: Vec<String>,
    /// One per `### ` heading that has blocks under it.
    pub sections: Vec<Section>,
}

/// One isolated example: its blocks are the files of one small project.
#[derive(Debug, PartialEq)]
pub struct Section {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// One file of an example.
#[derive(Debug, PartialEq)]
pub struct Block {
    pub role: Role,
    /// The path inside the example's project.
    pub path: String,
    /// The file, without the caret lines.
    pub text: String,
    pub carets: Vec<Caret>,
    /// The 1-based line of the opening fence.
    pub line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Findings stand exactly where the carets say.
    Bad,
    /// No findings.
    Good,
    /// What `--fix` makes of the file.
    Fixed,
    /// What `--fix --unsafe-fixes` makes of the file.
    FixedUnsafe,
    /// The `celery-lint.toml` of the example.
    Config,
}

/// An expected finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Caret {
    /// Bytes of [`Block::text`]; none when the caret stands above the first line: the finding is about the file as a whole.
    pub range: Option<Range<usize>>,
    /// The finding's message or the text of its primary label.
    pub text: String,
}

/// Reads a page; the error says which line is wrong and how.
pub fn parse(markdown: &str) -> Result<Page, String> {
    let mut page = Page { headings: Vec::new(), sections: Vec::new() };
    let mut title = String::new();
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().enumerate().skip(front_matter_lines(markdown));
    while let Some((number, line)) = lines.next() {
        if let Some(fence) = Fence::open(line) {
            let body: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|line| !fence.closes(line)).collect();
            blocks.extend(block(fence.info, &body, number + 1)?);
        } else if let Some(heading) = line.strip_prefix("### ") {
            close(&mut page, &mut blocks, &title)?;
            title = heading.trim().to_string();
        } else if let Some(heading) = line.strip_prefix("## ") {
            close(&mut page, &mut blocks, &title)?;
            title.clear();
            page.headings.push(heading.trim().to_string());
        }
    }
    close(&mut page, &mut blocks, &title)?;
    Ok(page)
}

/// How many lines the front matter takes, its two `---` included.
fn front_matter_lines(markdown: &str) -> usize {
    let mut lines = markdown.lines();
    if lines.next() != Some("---") {
        return 0;
    }
    lines.position(|line| line == "---").map_or(0, |at| at + 2)
}

/// Ends a section; blocks of one role must name different files.
fn close(page: &mut Page, blocks: &mut Vec<Block>, title: &str) -> Result<(), String> {
    if blocks.is_empty() {
        return Ok(());
    }
    if title.is_empty() {
        return Err(format!("line {}: an example needs a `### ` heading above it", blocks[0].line));
    }
    for (index, block) in blocks.iter().enumerate() {
        if blocks[..index].iter().any(|other| other.path == block.path && other.role.stage() == block.role.stage()) {
            return Err(format!("line {}: `{}` stands twice under one heading", block.line, block.path));
        }
    }
    page.sections.push(Section { title: title.to_string(), blocks: std::mem::take(blocks) });
    Ok(())
}

impl Role {
    /// Blocks of one stage are files that exist side by side: before fixing, after `--fix`, after `--unsafe-fixes`.
    fn stage(self) -> u8 {
        match self {
            Self::Bad | Self::Good | Self::Config => 0,
            Self::Fixed => 1,
            Self::FixedUnsafe => 2,
        }
    }
}

/// An opening code fence.
struct Fence<'a> {
    mark: &'a str,
    info: &'a str,
}

impl<'a> Fence<'a> {
    fn open(line: &'a str) -> Option<Self> {
        let mark = line.len() - line.trim_start_matches('`').len();
        (mark >= 3 && !line[mark..].contains('`')).then(|| Self { mark: &line[..mark], info: line[mark..].trim() })
    }

    fn closes(&self, line: &str) -> bool {
        let line = line.trim_end();
        line.starts_with(self.mark) && line.bytes().all(|byte| byte == b'`')
    }
}

/// A fenced block, unless it is prose: `python bad file=shop/tasks.py`.
fn block(info: &str, body: &[&str], line: usize) -> Result<Option<Block>, String> {
    let mut words = split_info(info).into_iter();
    let language = words.next().unwrap_or_default();
    let (mut role, mut unsafe_, mut path) = (None, false, None);
    for word in words {
        match word.as_str() {
            "bad" => role = Some(Role::Bad),
            "good" => role = Some(Role::Good),
            "fixed" => role = Some(Role::Fixed),
            "config" => role = Some(Role::Config),
            "unsafe" => unsafe_ = true,
            other => match other.strip_prefix("file=") {
                Some(name) => path = Some(name.to_string()),
                None => return Err(format!("line {line}: `{other}` means nothing here")),
            },
        }
    }
    let role = match (role, unsafe_) {
        (None, false) if path.is_none() => return Ok(None),
        (None, _) => return Err(format!("line {line}: say what the block is: bad, good, fixed or config")),
        (Some(Role::Fixed), true) => Role::FixedUnsafe,
        (Some(_), true) => return Err(format!("line {line}: only `fixed` can be `unsafe`")),
        (Some(role), false) => role,
    };
    let path = match (path, role, language.as_str()) {
        (Some(path), ..) => path,
        (None, Role::Config, _) => "celery-lint.toml".to_string(),
        (None, _, "python") => "tasks.py".to_string(),
        (None, _, other) => return Err(format!("line {line}: a block of `{other}` needs `file=`")),
    };
    let (text, carets) = without_carets(body).map_err(|error| format!("line {line}: {error}"))?;
    Ok(Some(Block { role, path, text, carets, line }))
}

/// The words of an info string; a value may stand in double quotes (`file=".env example"`).
fn split_info(info: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in info.chars() {
        match character {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words[..].last_mut().into_iter().for_each(|word| word.push(other)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Takes the caret lines out of a block; what they say becomes byte ranges of the remaining text.
fn without_carets(body: &[&str]) -> Result<(String, Vec<Caret>), String> {
    let mut text = String::new();
    let mut carets = Vec::new();
    let mut above: Option<(usize, &str)> = None;
    for line in body {
        let Some((columns, message)) = caret_line(line) else {
            above = Some((text.len(), line));
            text.push_str(line);
            text.push('\n');
            continue;
        };
        if message.is_empty() {
            return Err(format!("carets without a text: `{}`", line.trim()));
        }
        let range = match above {
            None => None,
            Some((start, above)) => Some(bytes_of(above, columns, start)?),
        };
        carets.push(Caret { range, text: message.to_string() });
    }
    Ok((text, carets))
}

/// Columns (in characters) and text of a line that is nothing but blanks, carets and a text.
fn caret_line(line: &str) -> Option<(Range<usize>, &str)> {
    let marked = line.trim_start_matches([' ', '\t']);
    let message = marked.trim_start_matches('^');
    let carets = marked.len() - message.len();
    let blanks = line.len() - marked.len();
    let ends_well = message.is_empty() || message.starts_with(' ');
    (carets > 0 && ends_well).then(|| (blanks..blanks + carets, message.trim()))
}

/// Turns columns of `line`, which starts at byte `start`, into bytes. One column after the end is where a finding may point too.
fn bytes_of(line: &str, columns: Range<usize>, start: usize) -> Result<Range<usize>, String> {
    let mut offsets: Vec<usize> = line.char_indices().map(|(at, _)| start + at).collect();
    offsets.push(start + line.len());
    offsets.push(start + line.len() + 1);
    match (offsets.get(columns.start), offsets.get(columns.end)) {
        (Some(from), Some(to)) => Ok(*from..*to),
        _ => Err(format!("carets reach past the end of `{}`", line.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(page: &Page, section: usize, block: usize) -> &Block {
        &page.sections[section].blocks[block]
    }

    #[test]
    fn carets_leave_the_text_and_become_byte_ranges() {
        let page =
            parse("## Examples\n### One\n```python bad\né = f(1)\n    ^^^^ Called once\n  ^ an equals sign\n```\n");
        let page = page.unwrap();
        let bad = block(&page, 0, 0);
        assert_eq!(bad.text, "é = f(1)\n");
        let spans: Vec<_> = bad.carets.iter().map(|caret| &bad.text[caret.range.clone().unwrap()]).collect();
        assert_eq!(spans, ["f(1)", "="]);
        assert_eq!(bad.carets[1].text, "an equals sign");
        assert_eq!((bad.path.as_str(), bad.line), ("tasks.py", 3));
    }

    #[test]
    fn a_caret_above_the_first_line_is_about_the_file() {
        let page = parse("### One\n```python bad\n^ Cannot be read\nx = 1\n```\n").unwrap();
        assert_eq!(block(&page, 0, 0).carets, [Caret { range: None, text: "Cannot be read".into() }]);
    }

    #[test]
    fn a_caret_may_point_just_after_the_line() {
        let page = parse("### One\n```python bad\nx = (\n     ^ Not closed\n```\n").unwrap();
        assert_eq!(block(&page, 0, 0).carets[0].range, Some(5..6));
    }

    #[test]
    fn each_heading_is_one_project_of_several_files() {
        let page = parse(
            "---\nname: x\n---\n## Why\n```python\nprose\n```\n## Examples\n### A\n```dotenv bad file=.env\nA=1\n```\n\
             ```dotenv fixed unsafe file=\".env example\"\nA=\n```\n```toml config\nselect = []\n```\n### B\n```python good\n```\n",
        )
        .unwrap();
        let shape: Vec<Vec<(Role, &str)>> =
            page.sections.iter().map(|s| s.blocks.iter().map(|b| (b.role, b.path.as_str())).collect()).collect();
        let first = vec![(Role::Bad, ".env"), (Role::FixedUnsafe, ".env example"), (Role::Config, "celery-lint.toml")];
        assert_eq!(shape, [first, vec![(Role::Good, "tasks.py")]]);
        assert_eq!(page.headings, ["Why", "Examples"]);
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        let page = parse("### A\n````python good\n\"\"\"\n```\n\"\"\"\n````\n").unwrap();
        assert_eq!(block(&page, 0, 0).text, "\"\"\"\n```\n\"\"\"\n");
    }

    #[test]
    fn mistakes_in_a_page_are_named() {
        let cases = [
            ("### A\n```python bad extra\n```\n", "line 2: `extra` means nothing here"),
            ("### A\n```yaml bad\n```\n", "line 2: a block of `yaml` needs `file=`"),
            ("### A\n```python file=a.py\n```\n", "line 2: say what the block is: bad, good, fixed or config"),
            ("### A\n```python bad unsafe\n```\n", "line 2: only `fixed` can be `unsafe`"),
            ("## Examples\n```python bad\n```\n", "line 2: an example needs a `### ` heading above it"),
            ("### A\n```python bad\n```\n```python good\n```\n", "line 4: `tasks.py` stands twice under one heading"),
            ("### A\n```python bad\nx\n  ^^ far\n```\n", "line 2: carets reach past the end of `x`"),
            ("### A\n```python bad\nx\n^\n```\n", "line 2: carets without a text: `^`"),
        ];
        for (markdown, error) in cases {
            assert_eq!(parse(markdown), Err(error.to_string()));
        }
    }
}
