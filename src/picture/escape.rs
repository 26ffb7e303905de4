//! Texts as each format can hold them. Names and literals of a project may be anything: none of them may end its quotes,
//! and none may hide or reorder what stands around it.

use crate::report::clean;

/// What begins the name of an icon, before its colon.
const ICONS: &[&str] = &["fa", "fab", "fak", "fal", "far", "fas"];

/// For HTML and SVG, as text and in quoted attributes.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// For a label in double quotes of Mermaid: whatever could mean something there is written by its number. What Mermaid reads
/// even so (line ends as `\\n`, formulas in `$$`, icons as `fa:fa-…`) is written with signs that only look the same.
pub fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    for character in clean(text).chars() {
        match character {
            '\\' => out.push('∖'),
            '$' if before == '$' => out.push('﹩'),
            ':' if ICONS.iter().any(|icon| out.ends_with(icon)) => out.push('꞉'),
            other if other.is_alphanumeric() || " ._-/:,()+=".contains(other) || is_drawn(other) => out.push(other),
            other => out.push_str(&format!("#{};", u32::from(other))),
        }
        before = character;
    }
    out
}

/// Signs that only a label of ours or a masked text holds.
fn is_drawn(character: char) -> bool {
    matches!(character, '•' | '…' | '✖' | '▲' | '●' | '\u{fffd}')
}

/// For a label in double quotes of DOT, where backslashes begin escapes and ampersands begin entities.
pub fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in clean(text).chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    out
}

/// At most that many columns: the middle is left out, as both ends tell more.
pub fn shortened(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    let take = |characters: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let mut taken = Vec::new();
        for character in characters {
            used += character.width().unwrap_or(0);
            if used > room {
                break;
            }
            taken.push(character);
        }
        taken
    };
    let room = columns.saturating_sub(1);
    let start: String = take(&mut text.chars(), room / 2).into_iter().collect();
    let end: String = take(&mut text.chars().rev(), room - room / 2).into_iter().rev().collect();
    format!("{start}…{end}")
}

/// At most that many columns: the beginning is left out. The end of a module's name tells the most.
pub fn ending(text: &str, columns: usize) -> String {
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
    let text = clean(text);
    if text.width() <= columns {
        return text;
    }
    let mut room = columns.saturating_sub(1);
    let fits = |(at, character): (usize, char)| {
        room = room.checked_sub(character.width().unwrap_or(0))?;
        Some(at)
    };
    let from = text.char_indices().rev().map_while(fits).last().unwrap_or(text.len());
    format!("…{}", text.get(from..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that the real parsers of Mermaid 11 and Graphviz took in every kind of node, as they are escaped here.
    const HOSTILE: &[(&str, &str, &str, &str)] = &[
        ("end", "end", "end", "end"),
        ("a\"b", "a&quot;b", "a#34;b", "a\\\"b"),
        ("a]b)c}", "a]b)c}", "a#93;b)c#125;", "a]b)c}"),
        ("#35;", "#35;", "#35;35#59;", "#35;"),
        ("a\nb", "a b", "a b", "a b"),
        ("`code`", "`code`", "#96;code#96;", "`code`"),
        ("a --> b", "a --&gt; b", "a --#62; b", "a --> b"),
        ("%% a", "%% a", "#37;#37; a", "%% a"),
        ("</script>", "&lt;/script&gt;", "#60;/script#62;", "</script>"),
        ("a\\nb\\", "a\\nb\\", "a∖nb∖", "a\\\\nb\\\\"),
        ("&quot;", "&amp;quot;", "#38;quot#59;", "&amp;quot;"),
        ("fa:fa-ban", "fa:fa-ban", "fa꞉fa-ban", "fa:fa-ban"),
        ("$$x$$", "$$x$$", "#36;﹩x#36;﹩", "$$x$$"),
        ("it's", "it&#39;s", "it#39;s", "it's"),
        ("\u{202e}evil\u{1b}[31m", "�evil�[31m", "�evil�#91;31m", "�evil�[31m"),
    ];

    #[test]
    fn no_text_ends_its_quotes() {
        for (text, as_html, as_mermaid, as_dot) in HOSTILE {
            assert_eq!(html(text), *as_html, "{text:?}");
            assert_eq!(mermaid(text), *as_mermaid, "{text:?}");
            assert_eq!(dot(text), *as_dot, "{text:?}");
        }
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(shortened("short", 10), "short");
        assert_eq!(shortened("POST /api/v1/orders/{id}/pay", 15), "POST /a…id}/pay");
        assert_eq!(shortened("任务任务任务任务", 8), "任…任务");
        assert_eq!(ending("shop.background.tasks", 10), "…und.tasks");
        assert_eq!(ending("shop.tasks", 10), "shop.tasks");
        assert_eq!(ending("任务任务", 4), "…务");
    }
}
