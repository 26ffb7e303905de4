{% include "shared/constants.py" %}


{% include "shared/problem.py" %}
{% if fetches %}


{% include "shared/fetch.py" %}
{% endif %}
{% if connects %}


{% include "shared/connect.py" %}
{% endif %}
{% if reads %}


{% include "shared/read.py" %}
{% endif %}
{% if has.status %}


{% include "shared/status.py" %}
{% endif %}
{% if has.result %}


{% include "shared/result.py" %}
{% endif %}
{% if has.health %}


{% include "shared/health.py" %}
{% endif %}
{% if has.submit %}


{% include "shared/submit.py" %}
{% endif %}
