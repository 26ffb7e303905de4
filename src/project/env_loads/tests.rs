//! What code loads, in the forms that projects use.

use crate::files::kind::by_name;
use crate::project::Project;
use crate::source::{FileKind, SourceFile, Sources};

/// `line path` of every load of `shop/config/base.py` in a tree with these files besides.
fn loads(others: &[&str], text: &str) -> Vec<String> {
    let mut files: Vec<SourceFile> = others
        .iter()
        .map(|path| {
            SourceFile::new(
                *path,
                by_name(path).unwrap_or(FileKind::Toml),
                if path.ends_with("pyproject.toml") { "" } else { "A=1\n" },
            )
        })
        .collect();
    files.push(SourceFile::new("shop/config/base.py", FileKind::Python, text));
    let mut sources = Sources::new("/p".into(), None, files);
    sources.seen = sources.files.iter().map(|file| file.path.clone()).collect();
    let project = Project::link(sources, &Default::default());
    let named = project.env_files.iter().filter_map(|file| Some((file.named_at?, &file.path)));
    named.map(|(at, path)| format!("{} {path}", project.sources.line(at))).collect()
}

#[test]
fn a_file_without_a_path_is_looked_for_upward() {
    let text = "from dotenv import load_dotenv\nload_dotenv()\n";
    assert_eq!(loads(&[], text), ["2 .env"]);
    assert_eq!(loads(&["shop/pyproject.toml"], text), ["2 shop/.env"]);
    assert_eq!(loads(&["shop/pyproject.toml", ".env.example"], text), ["2 .env"]);
    assert_eq!(loads(&["shop/.env"], text), ["2 shop/.env"]);
}

#[test]
fn paths_are_put_together_as_python_does() {
    let cases = [
        ("load_dotenv('.env')", ".env"),
        ("load_dotenv(dotenv_path=BASE_DIR / '.env')", ".env"),
        ("load_dotenv(os.path.join(BASE_DIR, 'shop', '.env'))", "shop/.env"),
        ("load_dotenv(Path(__file__).parent / '.env')", "shop/config/.env"),
        ("load_dotenv(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), '.env'))", "shop/.env"),
        ("load_dotenv(Path(__file__).resolve().parents[1].joinpath('.env'))", "shop/.env"),
        ("load_dotenv(settings.ROOT / '.env')", ".env"),
        ("load_dotenv(find_dotenv())", ".env"),
        ("load_dotenv(find_dotenv('.env.local', usecwd=True))", ".env.local"),
        ("load_dotenv(find_dotenv(name))", ""),
        ("load_dotenv('../.env.local')", ""),
        ("load_dotenv('/etc/shop/.env')", ""),
        ("load_dotenv(os.getenv('ENV_FILE', '.env.dev'))", ".env.dev"),
        ("load_dotenv(os.getenv('ENV_FILE'))", ""),
        ("load_dotenv(f'.env.{stage}')", ""),
        ("load_dotenv(stream=x)", ""),
        ("load_dotenv('.env.example')", ""),
        ("dotenv_values('.env')", ".env"),
        ("environ.Env.read_env(os.path.join(BASE_DIR, '.env'))", ".env"),
        ("environ.Env.read_env()", "shop/config/.env"),
        ("env = environ.Env()\nenv.read_env(str(BASE_DIR / '.env'))", ".env"),
        ("env = environs.Env()\nenv.read_env()", ".env"),
        ("config = StarletteConfig('.env')", ".env"),
        ("config = DecoupleConfig(RepositoryEnv('.env'))", ".env"),
        ("settings = Dynaconf(load_dotenv=True)", ".env"),
        ("settings = Dynaconf()", ""),
        ("class S(BaseSettings):\n    model_config = SettingsConfigDict(env_file='.env')", ".env"),
        ("class S(BaseSettings):\n    model_config = {'env_file': '.env'}", ".env"),
        ("class S(BaseSettings):\n    class Config:\n        env_file = '.env'", ".env"),
        ("class S(BaseSettings, env_file='.env'):\n    x: int", ".env"),
        ("model.load_dotenv('.env')", ""),
    ];
    let head = "import os\nimport environ, environs\nfrom pathlib import Path\nfrom decouple import RepositoryEnv, Config as DecoupleConfig\n\
                from dotenv import dotenv_values, find_dotenv, load_dotenv\nfrom dynaconf import Dynaconf\n\
                from starlette.config import Config as StarletteConfig\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\
                from .paths import settings\nBASE_DIR = Path(__file__).resolve().parent.parent.parent\n";
    for (code, expected) in cases {
        let found: Vec<String> = loads(&[], &format!("{head}{code}\n"))
            .iter()
            .filter_map(|it| Some(it.split_once(' ')?.1.to_owned()))
            .collect();
        assert_eq!(found.join(" "), expected, "{code}");
    }
}

#[test]
fn several_files_and_names_from_other_modules() {
    let text = "from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    class Config:\n        env_file = ('.env', '.env.prod')\n";
    assert_eq!(loads(&[], text), ["4 .env", "4 .env.prod"]);
    let file = |path: &str, text: &str| SourceFile::new(path, FileKind::Python, text);
    let files = vec![
        file("a/paths.py", "import os\nROOT = os.path.dirname(__file__)\n"),
        file(
            "a/b.py",
            "import os\nfrom dotenv import load_dotenv\nfrom .paths import ROOT\nload_dotenv(os.path.join(ROOT, '.env'))\n",
        ),
        file("tests/c.py", "from dotenv import load_dotenv\nload_dotenv('.env.test')\n"),
    ];
    let project = Project::link(Sources::new("/p".into(), None, files), &Default::default());
    assert_eq!(project.env_files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["a/.env"]);
}
