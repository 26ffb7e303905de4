//! Environment variables in whole projects: every form of reading, and the templates that document them.

#![allow(clippy::unwrap_used, reason = "a test stops at the first thing that goes wrong")]

use celery_lint::config::Settings;
use celery_lint::files::kind::kind;
use celery_lint::project::Project;
use celery_lint::project::environment::coverage::{undocumented, unused};
use celery_lint::source::{SourceFile, Sources};

fn project(files: &[(&str, &str)]) -> Project {
    let files = files.iter().filter_map(|(path, text)| Some(SourceFile::new(*path, kind(path, text)?, *text)));
    let mut sources = Sources::new("/project".into(), None, files.collect());
    sources.seen = sources.files.iter().map(|file| file.path.clone()).collect();
    Project::link(sources, &Settings::default())
}

/// The undocumented keys of a project with an empty template: `KEY` when needed, `KEY?` when there is a default.
fn reads(files: &[(&str, &str)]) -> String {
    let mut all = vec![(".env.example", "# nothing yet\n")];
    all.extend_from_slice(files);
    missing(&all)
}

fn missing(files: &[(&str, &str)]) -> String {
    let project = project(files);
    let mut keys: Vec<String> = undocumented(&project)
        .iter()
        .map(|key| format!("{}{}", key.name, if key.is_required() { "" } else { "?" }))
        .collect();
    keys.sort();
    keys.join(" ")
}

fn python(text: &str) -> String {
    reads(&[("app/settings.py", text)])
}

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(text, expected)| {
            let actual = python(text);
            (actual != *expected).then(|| format!("{text}\n  expected: {expected}\n  actual:   {actual}\n"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_asked_before_changes_no_answer() {
    // With one thread the credentials are looked for first, in the very dictionary that reads.
    let text = "from environs import Env\n\n\nclass Config:\n    def __init__(self):\n        env = Env()\n        self.CELERY = {'broker_url': env.str('A_BROKER', 'redis://localhost'), 'x': env.str('B_KEY')}\n";
    for threads in [1, 2, 4] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool.install(|| python(text)), "A_BROKER? B_KEY", "{threads} threads");
    }
}

#[test]
fn the_standard_library() {
    check(&[
        ("import os\nA = os.environ['A_KEY']", "A_KEY"),
        ("import os\nA = os.environ.get('A_KEY')", "A_KEY"),
        ("import os\nA = os.environ.get('A_KEY', None)", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY', default='x')", "A_KEY?"),
        ("import os\nA = os.getenv('A_KEY') or 'x'", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY') or os.environ['B_KEY']", "A_KEY? B_KEY"),
        ("from os import getenv as g\nA = g('A_KEY')", "A_KEY"),
        ("import os as o\nA = o.environ['A_KEY']", "A_KEY"),
        ("from os import environ as e\nA = e['A_KEY']", "A_KEY"),
        ("import os\nget = os.environ.get\nA = get('A_KEY')", "A_KEY"),
        ("import os\nA = os.environb[b'A_KEY']", "A_KEY"),
        ("import os\nA = os.environ.pop('A_KEY')", "A_KEY"),
        ("import os\nA = os.environ.setdefault('A_KEY', 'x')", "A_KEY?"),
        ("import os\nos.environ.setdefault('A_KEY', 'x')", ""),
        ("import os\nif 'A_KEY' in os.environ:\n    pass", "A_KEY?"),
        ("import os\nA = os.environ['A_KEY'] if 'A_KEY' in os.environ else 'x'", "A_KEY?"),
        ("import os\nif 'A_KEY' not in os.environ:\n    raise SystemExit\nA = os.environ['A_KEY']", "A_KEY"),
        ("import os\ntry:\n    A = os.environ['A_KEY']\nexcept KeyError:\n    A = 'x'", "A_KEY?"),
        ("import os\ntry:\n    A = os.environ['A_KEY']\nexcept KeyError as e:\n    raise RuntimeError from e", "A_KEY"),
        ("import os\nif (a := os.environ.get('A_KEY')):\n    print(a)", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY')\nif A:\n    print(A)", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY')\nif not A:\n    A = 'x'", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY')\nif not A:\n    raise RuntimeError('A_KEY')", "A_KEY"),
        ("import os\nA = int(os.environ.get('A_KEY', 4))", "A_KEY?"),
        ("import os\nA = f\"redis://{os.environ['A_KEY']}:{os.getenv('B_KEY', '6379')}\"", "A_KEY B_KEY?"),
        ("import os\nos.environ['A_KEY'] = 'x'\ndel os.environ['B_KEY']", ""),
        ("import os\nos.environ['A_KEY'] = 'x'\nA = os.environ['A_KEY']", ""),
        ("import os\nos.putenv('A_KEY', 'x')\nos.environ.update(B_KEY='y')", ""),
        ("import os\nA = os.environ.copy()['A_KEY']\nB = dict(os.environ).get('B_KEY')", "A_KEY B_KEY"),
        ("import os\nconfig = {**os.environ}\nA = config['A_KEY']", "A_KEY"),
        ("import os\nA, B = map(os.getenv, ('A_KEY', 'B_KEY'))", "A_KEY B_KEY"),
        ("import os\n'''os.environ['A_KEY']'''\n# os.environ['B_KEY']\nC = \"os.environ['C_KEY']\"", ""),
        ("import os\nA = os.environ['HOME'], os.getenv('CI'), os.environ.get('GITHUB_SHA'), os.getenv('LC_ALL')", ""),
    ]);
}

#[test]
fn a_read_that_a_test_spares_is_not_needed() {
    check(&[
        ("import os\nA = int(os.environ['A_KEY']) if os.environ.get('A_KEY') else None", "A_KEY?"),
        ("import os\nA = None if not os.environ.get('A_KEY') else int(os.environ['A_KEY'])", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY')\nif A is not None:\n    print(A)", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY')\ndef f():\n    if A is None:\n        return\n    print(A)", "A_KEY?"),
        ("import os\nif os.environ.get('A_KEY'):\n    print(os.environ.get('A_KEY'), os.environ['A_KEY'])", "A_KEY?"),
        ("import os\ndef f():\n    v = os.getenv('A_KEY')\n    if not v:\n        return\n    print(v)", "A_KEY?"),
        (
            "import os\ndef f():\n    if not os.getenv('A_KEY'):\n        return\n    print(os.environ['A_KEY'])",
            "A_KEY?",
        ),
        ("import os\nif os.getenv('A_KEY') and os.getenv('B_KEY'):\n    print(os.environ['A_KEY'])", "A_KEY? B_KEY?"),
        ("import os\nA = os.getenv('A_KEY') and os.environ['A_KEY'].split()", "A_KEY?"),
        ("import os\nA = os.environ.get('A_KEY') is not None\nB = os.getenv('B_KEY') == '1'", "A_KEY? B_KEY?"),
        (
            "import os\nA, B = os.getenv('A_KEY'), 1\nC = os.getenv('C_KEY')\nif all([C, B]):\n    print(C)",
            "A_KEY C_KEY?",
        ),
        (
            "import os\nclass A:\n    def __init__(self):\n        self.a = os.getenv('A_KEY')\n    def b(self):\n        if self.a:\n            print(self.a)",
            "A_KEY?",
        ),
        ("import os\nif 'A_KEY' in os.environ:\n    print(os.environ['A_KEY'])", "A_KEY?"),
        ("import os\nA = os.getenv('A_KEY')\nif not A:\n    print('no A')", "A_KEY?"),
        (
            "import os\ndef f():\n    v = os.getenv('A_KEY')\n    if not v:\n        if f:\n            raise OSError\n        v = 'x'\n    print(v)",
            "A_KEY?",
        ),
        (
            "import os\ndef flag(name, default):\n    v = os.environ.get(name)\n    if v is None:\n        return default\n    return v == '1'\nA = flag('A_KEY', True)\nif not A:\n    raise OSError",
            "A_KEY?",
        ),
        // Another place is not spared, nor a name of the same kind in another function.
        ("import os\nif os.environ.get('A_KEY'):\n    pass\nA = os.environ['A_KEY']", "A_KEY"),
        ("import os\nA = os.environ['A_KEY']\nif A:\n    print(A)", "A_KEY"),
        (
            "import os\ndef f():\n    v = os.getenv('A_KEY')\n    return v.strip()\ndef g(v):\n    if v:\n        print(v)",
            "A_KEY",
        ),
        ("from decouple import config\nA = config('A_KEY')\nif A:\n    print(A)", "A_KEY"),
    ]);
}

#[test]
fn a_read_whose_absence_stops_the_program_is_needed() {
    check(&[
        ("import os\nif not os.environ.get('A_KEY'):\n    raise RuntimeError('A_KEY')", "A_KEY"),
        ("import os\nA = os.environ.get('A_KEY', '')\nif not A:\n    raise RuntimeError('A_KEY')", "A_KEY"),
        (
            "import os, sys\nA = os.environ.get('A_KEY')\nif A is None:\n    sys.exit('no A_KEY')\nif A:\n    print(A)",
            "A_KEY",
        ),
        (
            "import os\nA = os.getenv('A_KEY')\nB = os.getenv('B_KEY')\nif not A or not B:\n    raise SystemExit",
            "A_KEY B_KEY",
        ),
        (
            "import os\nA = os.getenv('A_KEY')\nif not all([A, os.getenv('B_KEY')]):\n    raise SystemExit",
            "A_KEY B_KEY",
        ),
        ("import os\nA = os.getenv('A_KEY')\nif A:\n    print(A)\nelse:\n    raise SystemExit", "A_KEY"),
        ("import os\nA = os.getenv('A_KEY')\nassert A is not None, 'A'", "A_KEY"),
        ("import os\nassert os.getenv('A_KEY')\nassert (os.getenv('B_KEY'))", "A_KEY B_KEY"),
        ("import os\nif 'A_KEY' not in os.environ:\n    raise SystemExit", "A_KEY"),
        ("import os\nif not (a := os.getenv('A_KEY')):\n    raise SystemExit\nprint(a)", "A_KEY"),
        ("import os\nA = os.getenv('A_KEY', 'x')\nif not A:\n    raise SystemExit", "A_KEY?"),
        ("import os, logging\nA = os.getenv('A_KEY')\nif not A:\n    logging.error('no A')", "A_KEY?"),
    ]);
}

#[test]
fn keys_that_are_not_written_at_the_read() {
    check(&[
        ("import os\nKEY = 'A_KEY'\nA = os.environ[KEY]", "A_KEY"),
        (
            "import os\nP = 'P_'\nA = os.getenv(P + 'A'), os.environ[f'{P}B'], os.environ['%sC' % P], os.getenv('{}D'.format(P))",
            "P_A P_B P_C P_D",
        ),
        ("import os\nfor k in ('A_KEY', 'B_KEY'):\n    print(os.environ[k])", "A_KEY B_KEY"),
        ("import os\nKEYS = ['A_KEY', 'B_KEY']\nX = {k: os.environ[k] for k in KEYS}", "A_KEY B_KEY"),
        (
            "import os\nX = [os.environ[k] for k in ('A_KEY',)]\nY = [os.environ.get(k, '') for k in ('B_KEY',)]",
            "A_KEY B_KEY?",
        ),
        (
            "import os\nfrom enum import Enum\nclass K(str, Enum):\n    A = 'A_KEY'\nX = os.environ[K.A], os.getenv(K.A.value)",
            "A_KEY",
        ),
        ("import os\ndef load(name):\n    return os.environ[name.upper()]\nX = load('a_key')", "A_KEY"),
    ]);
    let constants = ("app/keys.py", "BROKER = 'A_KEY'\n");
    assert_eq!(
        reads(&[constants, ("app/s.py", "import os\nfrom app.keys import BROKER\nA = os.environ[BROKER]")]),
        "A_KEY"
    );
}

#[test]
fn wrappers_are_seen_through() {
    check(&[
        (
            "import os\ndef env(n, default=None):\n    return os.environ.get(n, default)\nA = env('A_KEY')\nB = env('B_KEY', 'x')\nC = env('C_KEY', default=None)",
            "A_KEY B_KEY? C_KEY?",
        ),
        ("import os\ndef env(n, default=''):\n    return os.environ.get(n, default)\nA = env('A_KEY')", "A_KEY?"),
        ("import os\ndef flag(n):\n    return os.environ.get(n, 'false') == 'true'\nA = flag('A_KEY')", "A_KEY?"),
        (
            "import os\ndef need(n):\n    v = os.environ.get(n)\n    if not v:\n        raise RuntimeError(n)\n    return v\nA = need('A_KEY')",
            "A_KEY",
        ),
        (
            "import os\n_N = object()\ndef env(n, default=_N):\n    try:\n        return os.environ[n]\n    except KeyError:\n        if default is _N:\n            raise\n        return default\nA = env('A_KEY')\nB = env('B_KEY', 1)",
            "A_KEY B_KEY?",
        ),
        (
            "import os\ndef env(n, required=True):\n    v = os.environ.get(n)\n    return v\nA = env('A_KEY')\nB = env('B_KEY', required=False)",
            "A_KEY B_KEY?",
        ),
        ("import os\ndef shop(n):\n    return os.environ[f'SHOP_{n}']\nA = shop('A')", "SHOP_A"),
        ("import os\ndef url(n):\n    return os.environ[n + '_URL']\nA = url('A')", "A_URL"),
        (
            "import os\ndef get(n, d=None):\n    return os.getenv(n, d)\ndef number(n, default=None):\n    return int(get(n, default))\nA = number('A_KEY')\nB = number('B_KEY', 3)",
            "A_KEY B_KEY?",
        ),
        (
            "import os\nclass Env:\n    def __call__(self, n, default=None):\n        return os.environ.get(n, default)\n    def __getitem__(self, n):\n        return os.environ[n]\n    @staticmethod\n    def static(n):\n        return os.environ[n]\n    @classmethod\n    def of(cls, n):\n        return os.environ[n]\nenv = Env()\nX = env('A_KEY'), env['B_KEY'], Env.static('C_KEY'), Env.of('D_KEY')",
            "A_KEY B_KEY C_KEY D_KEY",
        ),
        ("import os\nenv = lambda n, default=None: os.environ.get(n, default)\nA = env('A_KEY')", "A_KEY"),
        ("import os\nfrom functools import partial\nenv = partial(os.environ.get)\nA = env('A_KEY')", "A_KEY"),
    ]);
    let wrapper =
        ("app/env.py", "import os\ndef get_env(name, default=None):\n    return os.environ.get(name, default)\n");
    let user = ("app/use.py", "from app.env import get_env\nA = get_env('A_KEY')\n");
    let module = ("app/other.py", "from app import env\nB = env.get_env('B_KEY', 'x')\n");
    assert_eq!(reads(&[wrapper, user, module]), "A_KEY B_KEY?");
}

#[test]
fn django_environ() {
    check(&[
        (
            "import environ\nenv = environ.Env()\nA = env('A_KEY')\nB = env.int('B_KEY', default=2)\nC = env.list('C_KEY', str, [])\nD = env.bool('D_KEY', False)",
            "A_KEY B_KEY? C_KEY? D_KEY?",
        ),
        (
            "from environ import Env\nenv = Env(A_KEY=(bool, False), B_KEY=int)\nA = env('A_KEY')\nB = env('B_KEY')",
            "A_KEY? B_KEY",
        ),
        (
            "import environ\nenv = environ.Env()\nA = env.db(), env.cache_url(), env.email_url('MAIL_URL'), env.search_url(default='x')",
            "CACHE_URL DATABASE_URL MAIL_URL SEARCH_URL?",
        ),
        ("import environ\nenv = environ.Env()\nenv.prefix = 'P_'\nA = env('A_KEY')", "P_A_KEY"),
        ("import environ\nenv = environ.Env(P_A_KEY=(int, 1))\nenv.prefix = 'P_'\nA = env('A_KEY')", "P_A_KEY?"),
        (
            "import environ\nenviron.Env.read_env('.env')\nenv = environ.Env()\nA = environ.Env()('A_KEY')\nB = env.ENVIRON['B_KEY']",
            "A_KEY B_KEY",
        ),
    ]);
    let text = "import environ\nenv = environ.FileAwareEnv()\nA = env('A_KEY')\n";
    assert_eq!(missing(&[("s.py", text), (".env.example", "A_KEY_FILE=/run/a\n")]), "");
    let base = ("config/base.py", "import environ\nenv = environ.Env()\n");
    let prod = ("config/prod.py", "from .base import *\nfrom .base import env\nA = env('A_KEY')\n");
    assert_eq!(reads(&[base, prod]), "A_KEY");
}

#[test]
fn environs_decouple_starlette_and_dotenv() {
    check(&[
        (
            "from environs import Env\nenv = Env()\nenv.read_env()\nA = env('A_KEY')\nB = env.int('B_KEY', 2)\nC = env.list('C_KEY', [])\nD = env.dj_db_url('D_KEY')",
            "A_KEY B_KEY? C_KEY? D_KEY",
        ),
        ("from environs import env\nA = env.str('A_KEY')", "A_KEY"),
        (
            "from environs import Env\nenv = Env()\nwith env.prefixed('P_'):\n    with env.prefixed('Q_'):\n        A = env('A_KEY')\n    B = env('B_KEY')",
            "P_B_KEY P_Q_A_KEY",
        ),
        ("from environs import Env\nenv = Env(prefix='P_')\nA = env('A_KEY')", "P_A_KEY"),
        (
            "from decouple import config\nA = config('A_KEY')\nB = config('B_KEY', default=1, cast=int)\nC = config('C_KEY', 'x')",
            "A_KEY B_KEY? C_KEY?",
        ),
        (
            "from decouple import Config, RepositoryEnv\nconfig = Config(RepositoryEnv('.env'))\nA = config('A_KEY')\nB = config.get('B_KEY', default='')",
            "A_KEY B_KEY?",
        ),
        ("from decouple import config, undefined\nA = config('A_KEY', default=undefined)", "A_KEY"),
        ("import decouple\nA = decouple.config('A_KEY')", "A_KEY"),
        (
            "from starlette.config import Config\nfrom starlette.datastructures import Secret\nconfig = Config('.env')\nA = config('A_KEY', cast=Secret)\nB = config('B_KEY', cast=bool, default=False)\nC = config.get('C_KEY', default=None)",
            "A_KEY B_KEY? C_KEY?",
        ),
        ("from starlette.config import Config\nconfig = Config(env_prefix='P_')\nA = config('A_KEY')", "P_A_KEY"),
        ("from starlette.config import environ\nA = environ['A_KEY']", "A_KEY"),
        (
            "from dotenv import dotenv_values\nc = dotenv_values('.env')\nA = c['A_KEY']\nB = c.get('B_KEY')\nC = c.get('C_KEY', 'x')",
            "A_KEY B_KEY C_KEY?",
        ),
        (
            "import os\nfrom dotenv import dotenv_values\nc = {**dotenv_values('.env'), **os.environ}\nA = c['A_KEY']\nB = c.get('B_KEY', '')",
            "A_KEY B_KEY?",
        ),
        (
            "import dj_database_url\nA = dj_database_url.config(default='sqlite:///x')\nB = dj_database_url.config(env='B_URL')",
            "B_URL DATABASE_URL?",
        ),
        ("import click\n@click.command()\n@click.option('--a', envvar='A_KEY')\ndef main(a):\n    pass", "A_KEY?"),
        (
            "from celery import Celery\napp = Celery('x')\napp.config_from_envvar('A_KEY')\napp.config_from_envvar('B_KEY', silent=True)",
            "A_KEY B_KEY?",
        ),
        ("from flask import Flask\napp = Flask('x')\napp.config.from_envvar('A_KEY')", "A_KEY"),
    ]);
}

#[test]
fn dynaconf() {
    check(&[
        (
            "from dynaconf import Dynaconf\ns = Dynaconf(envvar_prefix='P', settings_files=[])\nA = s.get('a_key')\nB = s['B_KEY']\nC = s.C_KEY\nD = s.get('D_KEY', 'x')\nE = s.get('x.y', 1)",
            "P_A_KEY P_B_KEY P_C_KEY P_D_KEY? P_X__Y?",
        ),
        ("from dynaconf import Dynaconf\ns = Dynaconf(envvar_prefix=False)\nA = s.A_KEY", "A_KEY"),
        (
            "from dynaconf import Dynaconf\ns = Dynaconf(envvar_prefix='P', settings_files=['settings.toml'])\nA = s.A_KEY",
            "",
        ),
    ]);
}

const V2: &str = "from pydantic import AliasChoices, AliasPath, BaseModel, Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\nfrom typing import Annotated, ClassVar, Final, Optional\n";

#[test]
fn pydantic_settings() {
    let class = |body: &str| python(&format!("{V2}class S(BaseSettings):\n{body}\ns = S()\n"));
    for (body, expected) in [
        ("    a: str\n    b: int = 1\n    c: Optional[str]\n    d: str | None = None", "A B? C D?"),
        (
            "    a: str = Field(...)\n    b: str = ...\n    c: str = Field()\n    d: str = Field(default='x')\n    e: list = Field(default_factory=list)",
            "A B C D? E?",
        ),
        (
            "    model_config = SettingsConfigDict(env_prefix='P_')\n    a: str\n    b: str = Field(alias='B_ALIAS')\n    c: str = Field(validation_alias='C_ALIAS')",
            "B_ALIAS C_ALIAS P_A",
        ),
        ("    model_config = {'env_prefix': 'P_'}\n    a: str", "P_A"),
        (
            "    a: str = Field(env='IGNORED')\n    b: Annotated[str, Field(alias='B_ALIAS')]\n    c: Annotated[int, Field(gt=1)] = 2",
            "A B_ALIAS C?",
        ),
        (
            "    A: ClassVar[str] = 'x'\n    b: Final[str] = 'x'\n    _c: str = 'x'\n    d: str\n    @property\n    def e(self) -> str:\n        return self.d\n    def f(self):\n        return 1",
            "D",
        ),
        ("    a: str = Field(validation_alias=AliasPath('LIST', 0))", "LIST"),
        ("    model_config = SettingsConfigDict(case_sensitive=True)\n    a: str\n    B: str", "B a"),
        ("    model_config = SettingsConfigDict(alias_generator=str.upper, env_prefix='P_')\n    a: str", "A"),
    ] {
        assert_eq!(class(body), expected, "{body}");
    }
    check(&[
        (
            &format!(
                "{V2}class B(BaseModel):\n    url: str\n    n: int = 1\nclass S(BaseSettings):\n    model_config = SettingsConfigDict(env_nested_delimiter='__', env_prefix='P_')\n    b: B\n    c: Optional[B] = None\ns = S()"
            ),
            "P_B__N? P_B__URL P_C__N? P_C__URL?",
        ),
        (
            &format!(
                "{V2}class B(BaseModel):\n    url: str\nclass S(BaseSettings):\n    b: B = B(url='x')\n    c: str\ns = S()"
            ),
            "C",
        ),
        (
            &format!(
                "{V2}class Base(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix='B_')\n    a: str\nclass Prod(Base):\n    model_config = SettingsConfigDict(env_prefix='P_')\n    b: str\ns = Prod()"
            ),
            "P_A P_B",
        ),
        (&format!("{V2}class S(BaseSettings, env_prefix='K_'):\n    a: str\ns = S()"), "K_A"),
        (&format!("{V2}class S(BaseModel):\n    a: str\ns = S(a='x')"), ""),
        ("class Settings:\n    a: str\n    b = 'x'\ns = Settings()", ""),
        (
            &format!(
                "{V2}class S(BaseSettings):\n    a: str\n    @classmethod\n    def settings_customise_sources(cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings):\n        return (init_settings,)\ns = S(a='x')"
            ),
            "",
        ),
        (
            "try:\n    from pydantic_settings import BaseSettings\nexcept ImportError:\n    from pydantic import BaseSettings\nclass S(BaseSettings):\n    a: str\ns = S()",
            "A",
        ),
    ]);
    let alternatives =
        format!("{V2}class S(BaseSettings):\n    a: str = Field(validation_alias=AliasChoices('ONE', 'TWO'))\ns = S()");
    assert_eq!(missing(&[("s.py", &alternatives), (".env.example", "two=\n")]), "");
}

#[test]
fn pydantic_one() {
    let class = |body: &str| {
        python(&format!(
            "from typing import Optional\nfrom pydantic import BaseSettings, Field\nclass S(BaseSettings):\n{body}\ns = S()\n"
        ))
    };
    for (body, expected) in [
        ("    a: str\n    b: Optional[str]\n    c = 'x'\n    D = 1", "A B? C? D?"),
        (
            "    a: str = Field(..., env='FOO')\n    b: str = Field('d', env=['ONE', 'TWO'])\n    c: str = Field(alias='IGNORED')\n    class Config:\n        env_prefix = 'P_'",
            "FOO ONE? P_C",
        ),
        ("    a: str\n    class Config:\n        fields = {'a': {'env': 'FOO'}}", "FOO"),
    ] {
        assert_eq!(class(body), expected, "{body}");
    }
}

#[test]
fn files_that_are_not_python() {
    let compose = "services:\n  w:\n    image: app:${TAG:-latest}\n    environment:\n      A: ${A_KEY}\n      B: ${B_KEY:?no}\n      C: ${C_KEY-x}\n      D: $D_KEY\n      E: $$E_KEY\n      F: fixed\n      G:\n";
    assert_eq!(reads(&[("docker-compose.yml", compose)]), "A_KEY B_KEY C_KEY? D_KEY G TAG?");
    let listed =
        "services:\n  w:\n    image: app\n    environment:\n      - A_KEY\n      - TZ=UTC\n      - B=${B_KEY}\n";
    assert_eq!(reads(&[("compose.yaml", listed)]), "A_KEY B_KEY");
    let script = "#!/bin/sh\nset -e\nX=1\nread answer\nfor f in a b; do echo $f; done\ncelery -A p worker -c ${N:-4} -Q $QUEUES -b \"${A_KEY:?}\" $X $1 $HOME $answer\n";
    assert_eq!(reads(&[("run.sh", script)]), "A_KEY N? QUEUES");
    assert_eq!(reads(&[("Procfile", "worker: celery -A p worker -c $N_KEY\n")]), "N_KEY");
    let ci = "on: push\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: echo $A_KEY\n        env:\n          A_KEY: ${{ secrets.A_KEY }}\n";
    assert_eq!(reads(&[(".github/workflows/t.yml", ci)]), "");
}

#[test]
fn what_the_deployment_sets_is_only_worth_a_note() {
    let python = ("app/s.py", "import os\nA = os.environ['A_KEY']\nB = os.environ['B_KEY']\n");
    let compose = ("compose.yaml", "services:\n  w:\n    build: .\n    environment:\n      A_KEY: redis://redis\n");
    assert_eq!(reads(&[python, compose]), "A_KEY? B_KEY");
}

#[test]
fn what_a_start_script_exports_needs_no_documentation() {
    let python = ("app/s.py", "import os\nA = os.environ['A_KEY']\nB = os.environ['B_KEY']\nC = os.environ['C_KEY']\n");
    let entrypoint =
        "#!/bin/bash\nexport A_KEY=\"postgres://${USER_KEY}@db\"\nB_KEY=x\nexport B_KEY\nC_KEY=y\nexec \"$@\"\n";
    assert_eq!(reads(&[python, ("compose/production/django/entrypoint", entrypoint)]), "C_KEY");
    // What nobody gave is filled in, or asked for.
    let fills = "#!/bin/sh\nif [ -z \"$A_KEY\" ]; then\n  export A_KEY=x\nfi\nexport B_KEY=${B_KEY:-x}\nexport C_KEY\ncelery -A p worker\n";
    assert_eq!(reads(&[python, ("run.sh", fills)]), "A_KEY? B_KEY? C_KEY");
    let process = "worker: sh -c 'export A_KEY=x B_KEY=$C_KEY && celery -A p worker'\n";
    assert_eq!(reads(&[python, ("Procfile", process)]), "C_KEY");
    // Scripts that start nothing of the project, and tests, set nothing for it.
    for path in ["lint.sh", "scripts/entrypoint.sh", "tests/run.sh", ".github/workflows/t.yml"] {
        assert_eq!(reads(&[python, (path, "export A_KEY=x\n")]), "A_KEY B_KEY C_KEY", "{path}");
    }
}

#[test]
fn a_kubernetes_manifest_is_a_deployment() {
    let python = ("app/s.py", "import os\nA = os.environ['A_KEY']\nB = os.environ['B_KEY']\n");
    let manifest = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec:\n  template:\n    spec:\n      containers:\n        - name: w\n          image: w\n          env:\n            - name: A_KEY\n              value: 'api'\n            - name: B_KEY\n              valueFrom: {secretKeyRef: {name: s, key: b}}\n";
    assert_eq!(reads(&[python, ("kubernetes/deployment.yml", manifest)]), "A_KEY? B_KEY");
    let composed =
        "services:\n  w:\n    image: w\n    environment:\n      A_KEY: redis://$HOST_KEY\n      B_KEY: ${B_KEY:-x}\n";
    assert_eq!(reads(&[python, ("compose.yaml", composed)]), "A_KEY? B_KEY HOST_KEY");
}

#[test]
fn tests_docs_and_developers_scripts_ask_for_nothing() {
    let text = "import os\nA = os.environ['A_KEY']\n";
    for path in [
        "tests/test_x.py",
        "docs/conf.py",
        "app/migrations/0001.py",
        "scripts/seed.py",
        "conftest.py",
        "examples/x.py",
        "alembic/versions/0a1.py",
        "backend/alembic_tenants/versions/0a1.py",
        "hatch_build.py",
        "cli/setup.py",
    ] {
        assert_eq!(reads(&[(path, text)]), "", "{path}");
    }
    assert_eq!(reads(&[("app/versions/a.py", text)]), "A_KEY");
}

#[test]
fn what_the_code_writes_is_no_read() {
    check(&[
        ("import os\nfor n in ('A_KEY', 'B_KEY'):\n    os.environ[n] = 'x'", ""),
        (
            "import os\ndef f(url):\n    for n in ('A_KEY', 'B_KEY'):\n        os.environ[n] = url\nA = os.environ['A_KEY']",
            "",
        ),
        ("import os\nfor k, v in {'A_KEY': '1'}.items():\n    os.environ.setdefault(k, v)", ""),
        ("import os\nos.environ['A_KEY'] += ':x'", "A_KEY"),
    ]);
}

#[test]
fn what_a_script_only_shows_asks_for_nothing() {
    let script = "#!/bin/sh\necho \"redis: $A_KEY\"\nprintf '%s' $B_KEY\ncelery -A p worker -b $C_KEY\n";
    assert_eq!(reads(&[("run.sh", script)]), "C_KEY");
    let python = ("app/s.py", "import os\nA = os.environ.get('A_KEY', 'x')\n");
    assert_eq!(reads(&[("run.sh", script), python]), "A_KEY? C_KEY");
}

#[test]
fn a_read_stands_where_it_happens_even_when_its_name_is_written_elsewhere() {
    let names = ("app/names.py", "BROKER = 'A_KEY'\nBASE = 'email'\n");
    let python = (
        "app/s.py",
        "import os\nfrom app.names import BASE, BROKER\nA = os.environ[BROKER]\nB = os.environ.get('SUPER_' + BASE.upper())\nC = os.environ['C_KEY']\n",
    );
    let project = project(&[(".env.example", ""), names, python]);
    let found = undocumented(&project);
    let shown = |at: celery_lint::source::Loc| {
        format!("{}: {}", project.sources.path(at.file), &project.sources.get(at.file).text[at.span.range()])
    };
    let places: Vec<(String, String)> = found.iter().map(|it| (shown(it.at()), shown(it.reads[0].named_at))).collect();
    let expected = [
        ("app/s.py: os.environ[BROKER]", "app/names.py: A_KEY"),
        ("app/s.py: os.environ.get('SUPER_' + BASE.upper())", "app/names.py: 'email'"),
        ("app/s.py: C_KEY", "app/s.py: C_KEY"),
    ];
    assert_eq!(places, expected.map(|(at, named)| (at.to_owned(), named.to_owned())));
}

#[test]
fn what_a_function_reads_by_itself_is_told_there() {
    let text = "import os\ndef load(kind):\n    return os.environ['A_KEY'] + kind\n";
    let project =
        project(&[(".env.example", ""), ("app/z.py", text), ("app/a.py", "from app.z import load\nA = load('x')\n")]);
    let found = undocumented(&project);
    assert_eq!(found.iter().map(|it| project.sources.path(it.at().file)).collect::<Vec<_>>(), ["app/z.py"]);
}

#[test]
fn applications_of_code_hosts_have_variables_of_their_own() {
    check(&[
        (
            "import os\nA = os.environ['GITHUB_CLIENT_ID'], os.environ['GITLAB_CLIENT_SECRET'], os.environ['GITHUB_SHA']",
            "GITHUB_CLIENT_ID GITLAB_CLIENT_SECRET",
        ),
        (
            "from envparse import env\nA = env.bool('A_KEY'), env.float('B_KEY'), env.str('C_KEY', default=''), env('D_KEY')\nenv.read_envfile('x')",
            "A_KEY B_KEY C_KEY? D_KEY",
        ),
        ("from envparse import Env\nenv = Env()\nA = env.bool('A_KEY')\nenv.read_envfile()", "A_KEY"),
    ]);
}

#[test]
fn what_runs_only_by_hand_asks_for_nothing() {
    let text = "import os\nB = os.environ['B_KEY']\nif __name__ == '__main__':\n    A = os.environ['A_KEY']\n";
    assert_eq!(reads(&[("app/connector.py", text)]), "B_KEY");
    // A program of the deployment is not run by hand.
    assert_eq!(reads(&[("app/worker.py", text), ("Procfile", "worker: python app/worker.py\n")]), "A_KEY B_KEY");
    assert_eq!(
        reads(&[("app/worker.py", text), ("Dockerfile", "FROM x\nCMD [\"python\", \"-m\", \"app.worker\"]\n")]),
        "A_KEY B_KEY"
    );
}

#[test]
fn compose_files_for_tests_ask_for_nothing() {
    let compose = "services:\n  w:\n    image: w:$A_KEY\n    environment:\n      B_KEY: x\n";
    let python = ("app/s.py", "import os\nB = os.environ['B_KEY']\n");
    for path in [
        "docker-compose.test.yml",
        "deploy/docker-compose.airgap-test.yml",
        "compose.search-testing.yaml",
        "docker-compose.override.integration_tests.yml",
    ] {
        assert_eq!(reads(&[python, (path, compose)]), "B_KEY", "{path}");
    }
    assert_eq!(reads(&[python, ("docker-compose.latest.yml", compose)]), "A_KEY B_KEY?");
}

#[test]
fn what_compose_replaces_by_nothing_asks_for_nothing() {
    let compose = "services:\n  w:\n    image: w\n    environment:\n      A: ${A_KEY:-}\n      B: x${B_KEY-}\n      C: ${C_KEY:-c}\n";
    assert_eq!(reads(&[("compose.yml", compose)]), "C_KEY?");
}

#[test]
fn a_template_documents_its_own_code() {
    let settings = "import os\nA = os.environ['A_KEY']\n";
    for (template, text, expected) in [
        (".env.example", "A_KEY=\n", ""),
        (".env.example", "# A_KEY=1\n", ""),
        (".env.example", "export A_KEY='x'\n", ""),
        ("docker/env.sample", "A_KEY=\n", ""),
        ("deployment/.env.template", "B=\n", "A_KEY"),
        (".env/.dev-sample", "A_KEY=\n", ""),
        ("app/.env.example", "A_KEY=\n", ""),
        ("frontend/.env.example", "A_KEY=\n", "A_KEY"),
    ] {
        let files = [(template, text), ("app/s.py", settings), ("frontend/package.json", "{}")];
        let project = project(&files);
        let names: Vec<&str> = undocumented(&project).iter().map(|key| key.name).collect();
        assert_eq!(names.join(" "), expected, "{template}");
    }
    let two = [
        ("api/s.py", settings),
        ("api/.env.example", "A_KEY=\n"),
        ("worker/s.py", settings),
        ("worker/.env.example", "B=\n"),
    ];
    assert_eq!(missing(&two), "A_KEY");
    let both = [("s.py", settings), (".env.example", "B=\n"), (".env.prod.example", "A_KEY=\n")];
    assert_eq!(missing(&both), "");
}

/// The template that is to be extended, per key.
fn extended(files: &[(&str, &str)]) -> Vec<String> {
    let project = project(files);
    let found = undocumented(&project);
    let path = |file| project.sources.path(file);
    found.iter().map(|key| format!("{} {}", key.name, key.template.map_or("-", |it| path(it.file)))).collect()
}

#[test]
fn the_template_beside_the_reader_is_the_one_to_extend() {
    let compose = "services:\n  w:\n    image: w\n    environment:\n      A: ${A_KEY}\n";
    let python = ("backend/app/s.py", "import os\nB = os.environ['B_KEY']\n");
    let files = [
        ("deployment/docker_compose/docker-compose.yml", compose),
        ("deployment/docker_compose/env.template", "X=1\n"),
        ("env.template", "X=1\n"),
        (".vscode/env_template.txt", "B_KEY=1\n"),
        python,
    ];
    assert_eq!(extended(&files), ["B_KEY env.template", "A_KEY deployment/docker_compose/env.template"]);
    // An editor's directory documents no program.
    assert_eq!(extended(&[(".devcontainer/.env.example", "X=1\n"), python]), ["B_KEY -"]);
}

#[test]
fn a_template_inside_a_package_documents_the_project() {
    let script = "#!/bin/sh\ncelery -A dojo worker -c $A_KEY\n";
    let files = [
        ("manage.py", ""),
        ("dojo/__init__.py", ""),
        ("dojo/settings/template-env", "A_KEY=1\n"),
        ("docker/entrypoint.sh", script),
    ];
    assert_eq!(missing(&files), "");
}

#[test]
fn any_one_of_several_variables_suffices() {
    let first = "import os\nA = os.environ.get('A_KEY') or os.environ.get('B_KEY')\n";
    let nested = "import os\nA = os.environ.get('A_KEY', os.environ.get('B_KEY'))\n";
    for text in [first, nested] {
        assert_eq!(missing(&[("s.py", text), (".env.example", "A_KEY=\n")]), "");
        assert_eq!(missing(&[("s.py", text), (".env.example", "B_KEY=\n")]), "");
        assert_eq!(missing(&[("s.py", text), (".env.example", "C=\n")]), "A_KEY? B_KEY");
    }
}

fn unused_keys(files: &[(&str, &str)]) -> String {
    unused(&project(files)).into_iter().map(|(name, _)| name).collect::<Vec<_>>().join(" ")
}

#[test]
fn keys_that_nothing_reads() {
    let template = (".env.example", "A_KEY=\nDEAD=\nCELERY_BROKER_URL=\nPOSTGRES_PASSWORD=\nNEXT_PUBLIC_X=\n# OLD=1\n");
    let python = "import os\nA = os.environ['A_KEY']\n";
    assert_eq!(unused_keys(&[template, ("s.py", python)]), "DEAD");
    for explained in [
        "DEAD = os.environ['DEAD']",
        "names = ['DEAD']",
        "for key, value in os.environ.items():\n    print(key)",
        "def f(x):\n    return load(os.environ)",
        "X = os.environ[unknown()]",
    ] {
        assert_eq!(unused_keys(&[template, ("s.py", &format!("{python}{explained}\n"))]), "", "{explained}");
    }
    for silent in [
        "DEAD = 'a constant'",
        "for key in os.environ:\n    if key.startswith('SHOP_'):\n        print(key)",
        "def env(name):\n    return os.environ[name]\nB = env('A_KEY')",
        "X = os.environ['SHOP_' + unknown()]",
    ] {
        assert_eq!(unused_keys(&[template, ("s.py", &format!("{python}{silent}\n"))]), "DEAD", "{silent}");
    }
    let test = ("tests/test_s.py", "import os\nX = os.environ['DEAD']\n");
    assert_eq!(unused_keys(&[template, ("s.py", python), test]), "");
    let frontend = ("web/package.json", "{}");
    assert_eq!(unused_keys(&[template, ("s.py", python), frontend]), "");
    let image = "services:\n  x:\n    image: vendor/thing\n    env_file: .env\n";
    assert_eq!(unused_keys(&[template, ("s.py", python), ("compose.yaml", image)]), "");
    let known = "services:\n  x:\n    image: postgres:17\n    env_file: .env\n";
    assert_eq!(unused_keys(&[template, ("s.py", python), ("compose.yaml", known)]), "DEAD");
}
