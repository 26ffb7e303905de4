from django.urls import path

from {{ views_package }} import {{ views_name }}

urlpatterns = [
{% if has.submit %}
    path("{{ prefix[1:] }}/<str:task_name>{{ slash }}", {{ views_name }}.SubmitView.as_view()),
{% endif %}
{% if has.status %}
    path("{{ prefix[1:] }}/<str:task_id>/status{{ slash }}", {{ views_name }}.TaskStatusView.as_view()),
{% endif %}
{% if has.result %}
    path("{{ prefix[1:] }}/<str:task_id>/result{{ slash }}", {{ views_name }}.TaskResultView.as_view()),
{% endif %}
{% if has.health %}
    path("{{ health_path[1:] }}{{ slash }}", {{ views_name }}.CeleryHealthView.as_view()),
{% endif %}
]
