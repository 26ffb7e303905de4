//! `celery-lint init`: a commented configuration file to start from, and how to run the program elsewhere.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::args::InitArgs;
use super::error::CliError;
use super::{Exit, begin, to_stdout};
use crate::report::clean;

/// Every key, commented out with its default.
const TEMPLATE: &str = include_str!("init.toml");
const NAME: &str = "celery-lint.toml";

const SNIPPETS: &str = concat!(
    "\
Run it before each commit (.pre-commit-config.yaml):

    repos:
      - repo: REPOSITORY
        rev: v",
    env!("CARGO_PKG_VERSION"),
    "
        hooks:
          - id: celery-lint

Run it in GitHub Actions, with results under Security > Code scanning (the job needs `security-events: write`):

    - run: uvx celery-lint --output-format github --output-format sarif --output-file celery-lint.sarif
    - if: always()
      uses: github/codeql-action/upload-sarif@v4
      with:
        sarif_file: celery-lint.sarif
        category: celery-lint

Run it in GitLab CI:

    celery-lint:
      image: ghcr.io/astral-sh/uv:debian
      script: uvx celery-lint --output-format full --output-format gitlab --output-file gl-code-quality-report.json
      artifacts:
        when: always
        reports:
          codequality: gl-code-quality-report.json
"
);

pub fn run(args: &InitArgs) -> Result<Exit, CliError> {
    if let Some(framework) = args.framework {
        return begin::run(&args.path, framework);
    }
    let path = args.path.join(NAME);
    for existing in [NAME, ".celery-lint.toml"] {
        if args.path.join(existing).exists() {
            return Err(exists(&args.path.join(existing)));
        }
    }
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(TEMPLATE.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(&path),
        _ => CliError::write_file(&path, error),
    })?;
    let shown = clean(&path.strip_prefix(".").unwrap_or(&path).display().to_string());
    to_stdout(|out| write!(out, "Wrote {shown}\n\n{}", SNIPPETS.replace("REPOSITORY", repository())))?;
    Ok(Exit::Clean)
}

/// Where the hook is fetched from.
fn repository() -> &'static str {
    let known = env!("CARGO_PKG_REPOSITORY");
    if known.is_empty() { "ADDRESS-OF-THE-REPOSITORY-OF-CELERY-LINT" } else { known }
}

fn exists(path: &Path) -> CliError {
    CliError::Usage {
        message: format!("`{}` exists", path.strip_prefix(".").unwrap_or(path).display()),
        help: "edit it, or remove it first; it is not overwritten".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::model::FileConfig;

    /// Every commented example is valid too: a reader will remove the `# ` before it.
    #[test]
    fn the_template_is_a_valid_configuration_with_and_without_its_comments() {
        toml::from_str::<FileConfig>(TEMPLATE).unwrap();
        let open: String =
            TEMPLATE.lines().map(|line| line.strip_prefix("#: ").unwrap_or(line)).collect::<Vec<_>>().join("\n");
        let open = open.replace("#:", "");
        toml::from_str::<FileConfig>(&open).unwrap();
    }
}
