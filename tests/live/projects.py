"""The projects that are fixed, or begun, and run: where they are and how they are started."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Work:
    """What the project's task does: its argument, what it tells on the way, what comes out."""

    argument: str
    good: int
    bad: int
    steps: int
    result: object


REPORT = Work("rows", good=4, bad=0, steps=4, result={"rows": 4})
PRIMES = Work("limit", good=400_000, bad=-1, steps=20, result=33_860)


@dataclasses.dataclass(frozen=True)
class Project:
    name: str
    #: After `celery -A`.
    celery: str
    #: After `python -m`; `{port}` is the web server's. Nothing: there is none.
    serve: str = ""
    broker: str = "redis"
    #: Where Python finds the project's packages.
    root: str = "."
    submit: str = "/reports"
    #: Sends several tasks that follow each other, and answers with the id of the last.
    series: str = ""
    status: str = "/tasks/{id}/status"
    result: str = "/tasks/{id}/result"
    health: str = "/health/celery"
    #: The rules that have to fire before the fix.
    missing: tuple[str, ...] = ("status", "result", "health")
    #: The health endpoint is the project's own, and says what it says.
    own_health: bool = False
    #: The framework of `celery-lint init`; nothing: a project of `fixtures/live`.
    init: str = ""
    work: Work = REPORT

    @property
    def submits_by_name(self) -> bool:
        """Whether the endpoint that submits is one that was written: `POST /tasks/{task_name}`."""
        return "/tasks/" in self.submit


def uvicorn(app: str) -> str:
    return f"uvicorn {app} --port {{port}}"


def flask(app: str) -> str:
    return f"flask --app {app} run --port {{port}}"


DJANGO = "manage runserver --noreload 127.0.0.1:{port}"



def begun(framework: str, celery: str, serve: str = "", broker: str = "redis") -> Project:
    """A project that `celery-lint init` writes."""
    submit = "/tasks/count_primes"
    return Project(f"init-{framework}", celery, serve, broker, submit=submit, init=framework, work=PRIMES)


PROJECTS = [
    Project("fastapi-flat", "worker", uvicorn("main:app"), series="/reports/series"),
    Project(
        "fastapi-routers",
        "app.worker.celery_app",
        uvicorn("app.main:app"),
        submit="/api/v1/reports/",
        status="/api/v1/tasks/{id}/status",
        result="/api/v1/tasks/{id}/result",
        health="/api/v1/health/celery",
    ),
    Project("fastapi-factory", "billing", uvicorn("billing.app:create_app --factory"), broker="rabbitmq"),
    Project("fastapi-several", "common", uvicorn("public.main:app")),
    Project("fastapi-src", "warehouse.tasks", uvicorn("warehouse.main:app"), root="src", submit="/api/reports"),
    Project(
        "fastapi-todo",
        "todo.worker",
        uvicorn("todo.main:app"),
        status="/celery/tasks/{id}/status",
        result="/celery/tasks/{id}/result",
    ),
    Project(
        "fastapi-health",
        "service.tasks",
        uvicorn("service.main:app"),
        missing=("status", "result"),
        own_health=True,
    ),
    Project("flask-flat", "app.celery", flask("app")),
    Project("flask-factory", "make_celery", flask("shop"), broker="rabbitmq", submit="/reports/", series="/reports/series"),
    Project("flask-unanswered", "app.celery", flask("app"), submit="/tasks/build_report"),
    Project("flask-classes", "api.worker", flask("api")),
    Project(
        "django-views",
        "site_config",
        DJANGO,
        broker="rabbitmq",
        submit="/reports/",
        status="/tasks/{id}/status/",
        result="/tasks/{id}/result/",
        health="/health/celery/",
    ),
    Project(
        "django-rest",
        "site_config",
        DJANGO,
        submit="/api/reports/",
        status="/tasks/{id}/status/",
        result="/tasks/{id}/result/",
        health="/health/celery/",
    ),
    begun("fastapi", "jobs.celery_app", uvicorn("main:app"), broker="rabbitmq"),
    begun("flask", "jobs.celery_app", flask("main")),
    begun("django", "config", DJANGO),
    begun("none", "jobs.celery_app"),
]
