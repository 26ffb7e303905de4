//! Variables that are not the project's own: of the system, of interpreters, frameworks and CI, of official images.

/// Variables that the system, a shell, CI or a platform sets, and the wiring of interpreters and frameworks: no template
/// needs them. A `*` at the end stands for any rest.
const SYSTEM: &[&str] = &[
    "HOME", "PATH", "USER", "USERNAME", "LOGNAME", "HOSTNAME", "HOST_UID", "HOST_GID", "UID", "GID", "EUID", "PPID", "PWD",
    "OLDPWD", "SHELL", "SHLVL", "TERM", "TERM_PROGRAM", "COLORTERM", "COLUMNS", "LINES", "LANG", "LANGUAGE", "LC_*", "TZ",
    "TMPDIR", "TMP", "TEMP", "EDITOR", "VISUAL", "PAGER", "DISPLAY", "MAIL", "IFS", "RANDOM", "SECONDS", "LINENO", "OPTARG",
    "OPTIND", "FUNCNAME", "PIPESTATUS", "REPLY", "BASH*", "ZSH_*", "HOSTTYPE", "OSTYPE", "MACHTYPE", "SSH_*", "SUDO_*",
    "XDG_*", "DBUS_*", "WAYLAND_DISPLAY", "NO_COLOR", "FORCE_COLOR", "CLICOLOR*", "PY_COLORS",
    "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES*", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC",
    "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "COMPUTERNAME", "OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_*",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
    "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_*", "MANPATH", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CC", "CXX",
    "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "INVOCATION_ID", "JOURNAL_STREAM", "WATCHDOG_*", "MAINPID", "CREDENTIALS_DIRECTORY",
    // CI
    "CI", "CI_*", "GITHUB_*", "RUNNER_*", "ACTIONS_*", "GITLAB_*", "CIRCLECI", "CIRCLE_*", "TRAVIS", "TRAVIS_*", "JENKINS_*",
    "BUILD_NUMBER", "BUILDKITE*", "TEAMCITY_*", "TF_BUILD", "BITBUCKET_*", "APPVEYOR*", "DRONE*", "CODECOV_*", "READTHEDOCS*",
    "CODESPACES", "GITPOD_*", "CONTINUOUS_INTEGRATION",
    // Interpreters, test runners, packaging
    "PYTHON*", "VIRTUAL_ENV", "CONDA_*", "PYENV_*", "PIP_*", "POETRY_*", "UV_*", "PDM_*", "TOX_*", "NOX_*", "PYTEST_*", "COVERAGE_*",
    "COV_CORE_*", "HATCH_*", "VSCODE_*", "PYCHARM_*", "PYDEVD_*", "JPY_*", "IPYTHON*", "WERKZEUG_*", "RUN_MAIN",
    "LD_RUN_PATH", "SPHINX_*", "MYPY*", "RUFF_*",
    // Frameworks' wiring
    "DJANGO_SETTINGS_MODULE", "DJANGO_CONFIGURATION", "DJANGO_ALLOW_ASYNC_UNSAFE", "FLASK_APP", "FLASK_RUN_*", "FLASK_SKIP_DOTENV",
    "QUART_APP", "FORKED_BY_MULTIPROCESSING", "C_FORCE_ROOT", "SERVER_SOFTWARE", "UWSGI_*", "OBJC_DISABLE_INITIALIZE_FORK_SAFETY",
    // Platforms
    "KUBERNETES_*", "DYNO", "HEROKU_*", "VERCEL*", "RENDER", "RENDER_*", "RAILWAY_*", "FLY_*", "K_SERVICE", "K_REVISION", "GAE_*",
    "AWS_LAMBDA_*", "AWS_EXECUTION_ENV", "ECS_CONTAINER_METADATA_URI*", "LAMBDA_*", "WEBSITE_*", "FUNCTIONS_*", "WSL_*", "MSYSTEM",
    "DEBIAN_FRONTEND", "OPENSSL_CONF", "TARGETPLATFORM", "TARGETARCH", "TARGETOS", "BUILDPLATFORM", "BUILDARCH", "DOCKER_BUILDKIT",
    "COMPOSE_DOCKER_CLI_BUILD", "COMPOSE_PROJECT_NAME", "COMPOSE_FILE", "COMPOSE_PROFILES",
];

/// Variables that libraries, official images and frontends read by themselves: a template that documents one is right
/// even when no code of the project names it.
const ELSEWHERE: &[&str] = &[
    // Images
    "POSTGRES_*", "POSTGRESQL_*", "PG*", "PGADMIN_*", "MYSQL_*", "MARIADB_*", "MONGO_INITDB_*", "MONGODB_*", "RABBITMQ_*", "REDIS_PASSWORD",
    "REDIS_ARGS", "REDISCLI_AUTH", "ALLOW_EMPTY_PASSWORD", "FLOWER_*", "MINIO_*", "ELASTIC_*", "ES_JAVA_OPTS", "OPENSEARCH_*",
    "GF_*", "KEYCLOAK_*", "KC_*", "TRAEFIK_*", "NGINX_*", "CERTBOT_*", "LETSENCRYPT_*", "VIRTUAL_HOST", "VIRTUAL_PORT", "ACME_*",
    "LOCALSTACK_*", "MAILPIT_*", "MP_*", "ME_CONFIG_*", "ADMINER_*", "KAFKA_*", "ZOOKEEPER_*", "CLICKHOUSE_*", "INFLUXDB_*",
    "DOCKER_*", "COMPOSE_*", "PUID", "PGID", "UMASK", "TUNNEL_TOKEN", "CLOUDFLARE_TUNNEL_TOKEN", "WATCHTOWER_*", "PROMETHEUS_*", "GRAFANA_*",
    // Libraries that read the environment by themselves
    "AWS_*", "BOTO_*", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_*", "GOOGLE_API_KEY", "GCLOUD_PROJECT", "GCP_PROJECT", "AZURE_*",
    "OPENAI_*", "ANTHROPIC_*", "COHERE_*", "MISTRAL_*", "GROQ_*", "GEMINI_*", "HF_*", "HUGGINGFACE*", "HUGGING_FACE_*", "TRANSFORMERS_*",
    "TOKENIZERS_PARALLELISM", "LANGCHAIN_*", "LANGSMITH_*", "LANGFUSE_*", "OLLAMA_*", "TAVILY_*", "REPLICATE_*", "PINECONE_*", "WANDB_*",
    "CUDA_*", "NVIDIA_*", "OMP_*", "MKL_*", "OPENBLAS_*", "TF_*", "TORCH_*",
    "SENTRY_*", "NEW_RELIC_*", "DD_*", "OTEL_*", "ELASTIC_APM_*", "ROLLBAR_*", "HONEYCOMB_*", "LOGFIRE_*", "STATSD_*", "SCOUT_*",
    "GUNICORN_CMD_ARGS", "WEB_CONCURRENCY", "UVICORN_*", "HYPERCORN_*", "GRANIAN_*", "FLASK_*", "QUART_*", "SANIC_*", "DJANGO_SUPERUSER_*",
    "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "TWILIO_*", "STRIPE_API_KEY", "CLOUDINARY_URL", "SLACK_*",
    "SKIP_*", "LOGURU_*", "PREFECT_*", "AIRFLOW_*", "DAGSTER_*", "MLFLOW_*", "NUMBA_*", "MPLCONFIGDIR", "DOTENV_*", "ENV_FOR_DYNACONF",
    "DYNACONF_*", "ROOT_PATH_FOR_DYNACONF", "KOMBU_*", "CELERYD_*", "CELERYBEAT_*",
    // Frontends
    "NEXT_PUBLIC_*", "NEXT_*", "NEXTAUTH_*", "AUTH_*", "VITE_*", "REACT_APP_*", "NUXT_*", "VUE_APP_*", "GATSBY_*", "PUBLIC_*", "EXPO_*",
    "STORYBOOK_*", "NODE_*", "NPM_*", "YARN_*", "PNPM_*", "WDS_SOCKET_*", "CHOKIDAR_*", "WATCHPACK_*", "FAST_REFRESH", "GENERATE_SOURCEMAP",
    "ESLINT_*", "BROWSER", "PORT", "HOST",
];

/// Whether a variable belongs to the system, to CI or to a framework's wiring.
pub fn is_system(key: &str) -> bool {
    matches(SYSTEM, key)
}

/// Whether something outside the project's code may read the variable.
pub fn is_read_elsewhere(key: &str) -> bool {
    is_system(key) || crate::celery::env::is_read_by_celery(key) || matches(ELSEWHERE, key)
}

fn matches(table: &[&str], key: &str) -> bool {
    table.iter().any(|entry| match entry.strip_suffix('*') {
        Some(prefix) => key.starts_with(prefix),
        None => key == *entry,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_system_are_no_keys_of_the_project() {
        for key in ["HOME", "CI", "GITHUB_SHA", "PYTEST_CURRENT_TEST", "DJANGO_SETTINGS_MODULE", "LC_ALL", "PYTHONPATH"] {
            assert!(is_system(key), "{key}");
        }
        for key in ["CELERY_BROKER_URL", "DATABASE_URL", "REDIS_URL", "HOSTS", "CI_", "DEBUG", "PORT", "FLASK_CONFIG"] {
            assert_eq!(is_system(key), key == "CI_", "{key}");
        }
    }

    #[test]
    fn images_libraries_and_frontends_read_variables_of_their_own() {
        for key in ["POSTGRES_PASSWORD", "NEXT_PUBLIC_API", "CELERY_BROKER_URL", "SENTRY_DSN", "AWS_REGION"] {
            assert!(is_read_elsewhere(key), "{key}");
        }
        for key in ["DEAD_ONE", "OTHER", "BROKER_URL", "NOT_READ"] {
            assert!(!is_read_elsewhere(key), "{key}");
        }
    }
}
