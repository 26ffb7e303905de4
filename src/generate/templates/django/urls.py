from django.urls import path

from {{ views_package }} import {{ views_name }}

urlpatterns = [
{% if has.submit %}
    path("{{ prefix[1:] }}/<str:task_name>{{ slash }}", {{ views_name }}.submit),
{% endif %}
{% if has.status %}
    path("{{ prefix[1:] }}/<str:task_id>/status{{ slash }}", {{ views_name }}.task_status),
{% endif %}
{% if has.result %}
    path("{{ prefix[1:] }}/<str:task_id>/result{{ slash }}", {{ views_name }}.task_result),
{% endif %}
{% if has.health %}
    path("{{ health_path[1:] }}{{ slash }}", {{ views_name }}.celery_health),
{% endif %}
]
