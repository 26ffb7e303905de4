{% if lazy_import %}
def get_tasks() -> "dict[str, Task[..., Any]]":
{% for line in task_imports %}
    {{ line }}
{% endfor %}

    return {
{% for task in tasks %}
        "{{ task }}": {{ task }},
{% endfor %}
    }


{% endif %}
def send_bounded(celery: Celery, task: "Task[..., Any]", arguments: dict[str, Any]) -> str:
{% if remembers %}
    fetch_task(celery, PROBE_ID)
{% endif %}
    with connect(celery) as connection:
        producer = connection.Producer(auto_declare=False)
        registered = celery.tasks[task.name]
        return str(registered.apply_async(kwargs=arguments, producer=producer, retry=False).id)


def submit_task(celery: Celery, name: str, arguments: dict[str, Any]) -> str:
    """Send a task of the allow-list, or fail soon."""
    task = {{ "get_tasks()" if lazy_import else "TASKS" }}.get(name)
    if task is None:
        raise ProblemError(HTTPStatus.NOT_FOUND, "No task of this name is offered.", task_name=name)
    try:
{% if flask_extension %}
        run = copy_context().run
        return executor.submit(run, send_bounded, celery, task, arguments).result(timeout=SUBMIT_SECONDS)
{% else %}
        return executor.submit(send_bounded, celery, task, arguments).result(timeout=SUBMIT_SECONDS)
{% endif %}
    except TypeError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "The arguments do not fit the task.") from error
    except Exception as error:
        logger.warning("Cannot send task %r", name, exc_info=True)
        raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, "The task cannot be sent now.") from error
