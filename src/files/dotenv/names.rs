//! Which files are env files, and which of them are templates, by their names alone.

use crate::source::FileKind;

/// Words that make an env file a template: it documents keys and is meant to be committed.
const TEMPLATE_WORDS: &[&str] = &[
    "example",
    "examples",
    "sample",
    "samples",
    "template",
    "templates",
    "tpl",
    "tmpl",
    "dist",
    "default",
    "defaults",
    "skel",
    "skeleton",
    "placeholder",
    "j2",
    "jinja",
    "jinja2",
    "erb",
    "envsubst",
    "schema",
    "stub",
    "blank",
    "dummy",
    "exemplo",
    "ejemplo",
    "exemple",
    "beispiel",
    "muster",
    "vorlage",
];

/// Template words that also count at the end of a longer word (`.env.devexample`).
const TEMPLATE_ENDINGS: &[&str] = &["example", "sample", "template", "skeleton"];

/// Words that may stand in the name of a file that starts with `env` and has no dot before it (`env.prod`, `env-local`).
const STAGES: &[&str] = &[
    "prod",
    "production",
    "dev",
    "develop",
    "development",
    "local",
    "test",
    "tests",
    "testing",
    "stage",
    "staging",
    "qa",
    "uat",
    "docker",
    "compose",
    "ci",
    "web",
    "api",
    "worker",
    "celery",
    "app",
    "backend",
    "server",
    "db",
    "file",
    "vars",
    "k8s",
    "nginx",
    "base",
    "common",
    "secret",
    "secrets",
    "private",
];

/// Extensions of files that are something else, whatever stands before (`env.py`, `.env.json`), or that hold no readable values.
const OTHER_EXTENSIONS: &[&str] = &[
    "py", "pyc", "pyi", "js", "mjs", "cjs", "ts", "mts", "jsx", "tsx", "json", "yml", "yaml", "toml", "ini", "cfg",
    "md", "rst", "html", "css", "xml", "sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "rb", "go", "rs", "java",
    "kt", "php", "cs", "c", "h", "cpp", "hpp", "lock", "log", "zip", "gz", "tar", "tgz", "png", "jpg", "svg", "gif",
    "ico", "pdf", "sql", "ipynb", "tf", "vue", "gpg", "asc", "enc", "age", "sops", "vault", "swp", "db", "sqlite3",
    "mako", "lua", "pl", "csv",
];

/// Directories whose files are env files, whatever they are called.
const ENV_DIRECTORIES: &[&str] =
    &[".env", ".envs", "env.d", "envs", "env_files", "env-files", "envfiles", "dotenv", "dotenvs"];

/// Whether a file of this kind sets or documents environment variables, and which of the two. `path` has forward slashes.
pub fn env_kind(path: &str) -> Option<FileKind> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    if is_template_name(name) {
        return Some(FileKind::EnvTemplate);
    }
    if is_env_file_name(name) {
        return Some(if in_template_directory(directory) { FileKind::EnvTemplate } else { FileKind::Env });
    }
    in_env_directory(directory, name).then(|| {
        let template = has_template_word(&name.to_lowercase()) || in_template_directory(directory);
        if template { FileKind::EnvTemplate } else { FileKind::Env }
    })
}

/// Whether a name alone is that of an env file that sets variables: `.env`, `.env.local`, `prod.env`, `.flaskenv`, `.envrc` ….
pub fn is_env_file_name(name: &str) -> bool {
    let name = name.to_lowercase();
    !has_other_extension(&name) && !has_template_word(&name) && (has_env_shape(&name) || is_staged(&name))
}

/// Whether a name alone is that of an env template: `.env.example`, `sample.env`, `env.prod.template`, `.env example` ….
pub fn is_template_name(name: &str) -> bool {
    let name = name.to_lowercase();
    if has_other_extension(&name) || !has_template_word(&name) {
        return false;
    }
    let ends_with_env = words(&name).last().is_some_and(|word| word == "env" || word == "dotenv");
    has_env_shape(&name) || starts_with_env_word(&name) || (ends_with_env && words(&name).count() == 2)
}

/// The parts of a name between its signs.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn has_template_word(name: &str) -> bool {
    let name = name.strip_prefix(".env").unwrap_or(name);
    words(name)
        .any(|word| TEMPLATE_WORDS.contains(&word) || TEMPLATE_ENDINGS.iter().any(|ending| word.ends_with(ending)))
}

fn has_other_extension(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && OTHER_EXTENSIONS.contains(&extension))
}

/// `.env`, `.env.x`, `.env-x`, `.env_x`, `.env x`, `.envx` with a template word, `x.env`, `x.env.y`, `.envrc`, `.flaskenv`.
fn has_env_shape(name: &str) -> bool {
    if let Some(tail) = name.strip_prefix(".env").or_else(|| name.strip_prefix(".dotenv")) {
        return tail.is_empty()
            || !tail.starts_with(char::is_alphanumeric)
            || tail.starts_with("rc")
            || has_template_word(tail);
    }
    let stem = name.strip_suffix(".env").or_else(|| name.strip_suffix(".envrc"));
    name.starts_with(".flaskenv") || name.contains(".env.") || stem.is_some_and(|stem| !stem.is_empty())
}

/// `env…`, `dotenv…`, `dot-env…`, `_env…`.
fn starts_with_env_word(name: &str) -> bool {
    let mut words = words(name);
    match words.next() {
        Some("dot") => words.next() == Some("env"),
        first => matches!(first, Some("env" | "dotenv" | "envrc" | "flaskenv" | "environment")),
    }
}

/// `env.prod`, `env-local`, `env_file_dev`: `env` and words that say where it is used. A bare `env` may be anything.
fn is_staged(name: &str) -> bool {
    let name = name.strip_suffix(".txt").unwrap_or(name);
    let mut words = words(name);
    let first = words.next();
    let stages: Vec<&str> = words.collect();
    matches!(first, Some("env" | "dotenv"))
        && !name.starts_with('.')
        && (name == "dotenv" || !stages.is_empty())
        && stages.iter().all(|word| STAGES.contains(word))
}

/// `.envs/.local/.django`, `.env/.dev-sample`, `env.d/development/common`: files that their directory makes env files.
/// A directory `.env` or `envs` may also be a virtualenv, so there a file's own name must start with a dot, at most one level down.
fn in_env_directory(directory: &str, name: &str) -> bool {
    if has_other_extension(name) || name.starts_with(".git") || name.starts_with("README") || name.ends_with(".txt") {
        return false;
    }
    let components: Vec<&str> = directory.split('/').collect();
    let Some(depth) = components.iter().rev().position(|name| is_env_directory(name)) else {
        return false;
    };
    match components[components.len() - 1 - depth] {
        component if component.starts_with(".envs") => true,
        "env.d" => !name.contains('.') || has_template_word(name),
        _ => name.starts_with('.') && depth <= 1,
    }
}

/// `.envs`, `.envs.example`, `env.d` ….
fn is_env_directory(component: &str) -> bool {
    ENV_DIRECTORIES.contains(&component) || component.starts_with(".envs")
}

/// `.envs.example/.local/.django`, `.envs/.sample/.django`: a directory of templates beside or inside one of env files.
fn in_template_directory(directory: &str) -> bool {
    directory.split('/').any(|component| {
        let component = component.to_lowercase();
        component.contains("env") && has_template_word(&component)
            || (component.starts_with('.') && TEMPLATE_WORDS.contains(&&component[1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_kind(kind: Option<FileKind>, paths: &[&str]) {
        for path in paths {
            assert_eq!(env_kind(path), kind, "{path}");
        }
    }

    #[test]
    fn templates_are_known_by_a_word() {
        let paths = "\
            .env.example|.env.sample|example.env|sample.env|env.example|env.template|env.prod.template|env.nginx.template|\
            .env example|.env.dev.example|.env.test.example|.env.start.test.template|.env.k8s.template|env_file_dev_template|\
            env.web_template.txt|.env/.dev-sample|.env/.prod-sample|.envs/.env.example|.env.dist|.env.tpl|.env.example.local|\
            .env.local.example|.env-example|.env_example|.env_sample|.envexample|.env.devexample|sample-env|example_env|\
            dotenv.example|dot-env.sample|.flaskenv.example|.envrc.example|backend/.env.template|docker/env.sample|.env.defaults|\
            template.env|web.env.example|app.example.env|env-sample.txt|.env.j2|.ENV.EXAMPLE|Env.Example|.envs.example/.local/.django|\
            .envs/.sample/.postgres|env.d/development/common.dist|_env.example|deploy/env/env.sample|.env.production.sample";
        of_kind(Some(FileKind::EnvTemplate), &paths.split('|').collect::<Vec<_>>());
    }

    #[test]
    fn env_files_are_known_by_their_shape() {
        let paths = "\
            .env|.env.local|.env.production|.env.prod|prod.env|web.prod.env|.flaskenv|.envrc|docker/.env|.env-prod|.env_prod|\
            .env.bak|.env~|.env copy|.envs/.local/.django|.envs/.production/.postgres|.env/.dev|env.prod|env-local|\
            env_file_dev|env.d/development/common|config/.env.test|.env.keys|dotenv|.env.txt|.ENV|web.env.local|envs/.django";
        of_kind(Some(FileKind::Env), &paths.split('|').collect::<Vec<_>>());
    }

    #[test]
    fn other_files_with_env_in_their_name_are_neither() {
        let paths = "\
            env|env.py|alembic/env.py|env.d.ts|.env.json|environment.yml|.env/bin/activate|.env/pyvenv.cfg|.env/.gitignore|\
            .env/lib/python3.12/site-packages/.hidden|environ|requirements.txt|env.sh|.environment|.envelope|envoy.example|\
            venv/bin/python|.env.vault|.env.gpg|README.env.md|.envs/README|.envs/.gitkeep|inventory.sample|.venv/.lock|\
            sample.conf|env.txt|environment.prod.ts|envs/conda|example|settings.example";
        of_kind(None, &paths.split('|').collect::<Vec<_>>());
    }
}
