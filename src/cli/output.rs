//! Where reports go: every `--output-format` with the `--output-file` that follows it.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use super::args::OutputArgs;
use super::error::CliError;
use crate::report::{self, OutputFormat, RenderInput};

/// One report: its format, and the file it is written to (standard output without one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub format: OutputFormat,
    pub file: Option<PathBuf>,
}

/// Pairs the formats with their files, in the order of the command line. Without a format the `default` one is written.
///
/// # Errors
/// When two reports would go to standard output, or a file has no format of its own.
pub fn plan(args: &OutputArgs, matches: &ArgMatches, default: OutputFormat) -> Result<Vec<Output>, CliError> {
    let formats = indices(matches, "output_format").into_iter().zip(args.output_format.iter().map(Part::Format));
    let files = indices(matches, "output_file").into_iter().zip(args.output_file.iter().map(Part::File));
    let mut parts: Vec<(usize, Part)> = formats.chain(files).collect();
    parts.sort_by_key(|(index, _)| *index);
    pair(parts.into_iter().map(|(_, part)| part), default)
}

fn indices(matches: &ArgMatches, id: &str) -> Vec<usize> {
    matches.indices_of(id).map(Iterator::collect).unwrap_or_default()
}

enum Part<'a> {
    Format(&'a OutputFormat),
    File(&'a PathBuf),
}

fn pair<'a>(parts: impl Iterator<Item = Part<'a>>, default: OutputFormat) -> Result<Vec<Output>, CliError> {
    let mut outputs: Vec<Output> = Vec::new();
    for part in parts {
        match (part, outputs.last_mut()) {
            (Part::Format(format), _) => outputs.push(Output { format: *format, file: None }),
            (Part::File(file), None) => outputs.push(Output { format: default, file: Some(file.clone()) }),
            (Part::File(file), Some(last)) if last.file.is_none() => last.file = Some(file.clone()),
            (Part::File(file), Some(_)) => return Err(extra_file(file)),
        }
    }
    if outputs.is_empty() {
        outputs.push(Output { format: default, file: None });
    }
    for output in &mut outputs {
        output.file.take_if(|file| file.as_os_str() == "-");
    }
    if outputs.iter().filter(|output| output.file.is_none()).count() > 1 {
        return Err(CliError::Usage {
            message: "two output formats would be mixed on standard output".to_owned(),
            help: "let `--output-file FILE` follow each `--output-format` but one".to_owned(),
        });
    }
    Ok(outputs)
}

fn extra_file(file: &Path) -> CliError {
    CliError::Usage {
        message: format!("`--output-file {}` has no output format of its own", file.display()),
        help: "put `--output-format FORMAT` before it".to_owned(),
    }
}

impl Output {
    /// Whether people read it, so that it may be coloured and a message may go beside it.
    pub fn is_for_people(&self) -> bool {
        self.file.is_none() && matches!(self.format, OutputFormat::Full | OutputFormat::Concise)
    }

    /// The report as it is written.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub fn render(&self, input: &RenderInput) -> Result<Vec<u8>, CliError> {
        let mut bytes = Vec::new();
        report::render(self.format, input, &mut bytes).map_err(CliError::stdout)?;
        Ok(bytes)
    }

    /// Writes a report to where it belongs.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn deliver(&self, report: &[u8]) -> Result<(), CliError> {
        let Some(path) = &self.file else { return super::to_stdout(|out| out.write_all(report)) };
        let failed = |error| CliError::write_file(path, error);
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory).map_err(failed)?;
        }
        fs::write(path, report).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use OutputFormat::{Full, Json, Sarif};

    fn output(format: OutputFormat, file: Option<&str>) -> Output {
        Output { format, file: file.map(PathBuf::from) }
    }

    fn paired(parts: &[(Option<OutputFormat>, &str)]) -> Result<Vec<Output>, String> {
        let files: Vec<PathBuf> = parts.iter().map(|(_, file)| PathBuf::from(file)).collect();
        let parts =
            parts.iter().zip(&files).map(|((format, _), file)| format.as_ref().map_or(Part::File(file), Part::Format));
        pair(parts, Full).map_err(|error| error.to_string())
    }

    #[test]
    fn a_file_belongs_to_the_format_before_it() {
        let parts = [(Some(Full), ""), (Some(Sarif), ""), (None, "a.sarif")];
        assert_eq!(paired(&parts), Ok(vec![output(Full, None), output(Sarif, Some("a.sarif"))]));
    }

    #[test]
    fn a_file_alone_takes_the_default_format() {
        assert_eq!(paired(&[(None, "out.txt")]), Ok(vec![output(Full, Some("out.txt"))]));
        assert_eq!(paired(&[]), Ok(vec![output(Full, None)]));
    }

    #[test]
    fn only_one_report_goes_to_standard_output() {
        let error = paired(&[(Some(Json), ""), (Some(Sarif), "")]).unwrap_err();
        assert_eq!(error, "two output formats would be mixed on standard output");
        let error = paired(&[(Some(Json), ""), (None, "a"), (None, "b")]).unwrap_err();
        assert_eq!(error, "`--output-file b` has no output format of its own");
    }
}
