logger = logging.getLogger(__name__)
executor = ThreadPoolExecutor(max_workers=8, thread_name_prefix="celery")

{% if reads %}
BACKEND_SECONDS = 4
{% endif %}
{% if has.health %}
HEALTH_SECONDS = 5
{% endif %}
{% if has.submit %}
SUBMIT_SECONDS = 8
{% endif %}
{% if remembers and (has.health or has.submit) %}
PROBE_ID = "probe"
{% endif %}
{% if remembers and reads %}
SENT = {"sent": True}
{% endif %}
{% if has.submit and not lazy_import %}
TASKS: "dict[str, Task[..., Any]]" = {
{% for task in tasks %}
    "{{ task }}": {{ task }},
{% endfor %}
}
{% endif %}
