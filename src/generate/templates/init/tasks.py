"""Tasks that the worker runs."""

from typing import Any

{% if framework == "django" %}
from celery import Task, shared_task
{% else %}
from celery import Task

from jobs.celery_app import celery_app
{% endif %}

STEPS = 20


def is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


@{{ "shared_task" if framework == "django" else "celery_app.task" }}(bind=True)
def count_primes(self: "Task[..., Any]", limit: int) -> int:
    """Count the primes below a limit, an example of work that takes a while."""
    if limit < 0:
        raise ValueError("the limit is negative")
    found = 0
    for step in range(STEPS):
        self.update_state(state="PROGRESS", meta={"current": step, "total": STEPS})
        found += sum(map(is_prime, range(step * limit // STEPS, (step + 1) * limit // STEPS)))
    return found
