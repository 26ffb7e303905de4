"""What really happens when a setting has a value of another kind: asks one installed release, case by case.

    VENV/bin/python tests/oracle/setting_values.py > answers.json

For every case an application with just that setting is configured in a process of its own, over the file system as broker and result
backend. It sends a task, a prefork worker is started for some seconds and should run it, and for settings of beat a beat is started.
The answer says at which step what was raised. `fixtures/facts/setting_values.json` holds the answers of several releases; the table in
`src/celery/values.rs` is tested against them.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

CASES = [
    ('accept_content', '"json"'), ('accept_content', '["json"]'), ('accept_content', '("json",)'), ('accept_content', '{"json"}'), ('accept_content', '{"json": 1}'),
    ('accept_content', 'None'), ('accept_content', '["jsn"]'), ('accept_content', '5'),
    ('result_accept_content', '"json"'), ('result_accept_content', 'None'),
    ('task_serializer', '"jsn"'), ('task_serializer', 'None'), ('task_serializer', '["json"]'), ('result_serializer', '"jsn"'), ('task_compression', '"gzp"'),
    ('result_compression', '"gzp"'), ('event_serializer', '"jsn"'),
    ('task_time_limit', '"30"'), ('task_time_limit', '30.5'), ('task_time_limit', 'timedelta(seconds=30)'), ('task_time_limit', 'True'), ('task_time_limit', '-1'),
    ('task_soft_time_limit', '"30"'), ('task_soft_time_limit', 'timedelta(seconds=30)'), ('task_soft_time_limit', '-1'),
    ('result_expires', '"3600"'), ('result_expires', 'timedelta(hours=1)'), ('result_expires', '3600.5'), ('result_expires', 'None'), ('result_expires', '-1'), ('result_expires', '[1]'),
    ('worker_concurrency', '"2"'), ('worker_concurrency', '2.0'), ('worker_concurrency', '-1'), ('worker_concurrency', 'None'), ('worker_concurrency', '"auto"'), ('worker_concurrency', '0'),
    ('worker_prefetch_multiplier', '"4"'), ('worker_prefetch_multiplier', '-1'), ('worker_prefetch_multiplier', '1.5'), ('worker_prefetch_multiplier', 'None'), ('worker_prefetch_multiplier', '0'),
    ('worker_max_tasks_per_child', '"100"'), ('worker_max_tasks_per_child', '-1'), ('worker_max_tasks_per_child', '0'), ('worker_max_tasks_per_child', '100.0'), ('worker_max_tasks_per_child', 'None'),
    ('worker_max_memory_per_child', '"200000"'), ('worker_max_memory_per_child', '-1'), ('worker_max_memory_per_child', '200000.0'),
    ('broker_pool_limit', '"10"'), ('broker_pool_limit', '-1'), ('broker_pool_limit', '0'), ('broker_pool_limit', 'None'), ('broker_pool_limit', '10.0'),
    ('broker_connection_max_retries', '"5"'), ('broker_connection_max_retries', 'None'), ('broker_connection_timeout', '"4"'), ('broker_connection_timeout', 'timedelta(seconds=4)'),
    ('broker_heartbeat', '"10"'), ('broker_heartbeat', 'None'), ('broker_heartbeat_checkrate', '"2"'),
    ('broker_connection_retry', '"False"'), ('broker_transport_options', '"x"'), ('broker_transport_options', '[1]'), ('broker_transport_options', 'None'),
    ('task_default_priority', '"5"'), ('task_default_priority', '5'), ('task_queue_max_priority', '"10"'),
    ('task_protocol', '"2"'), ('task_protocol', '3'), ('task_protocol', '1'),
    ('task_default_delivery_mode', '"persistent"'), ('task_default_delivery_mode', '"durable"'), ('task_default_delivery_mode', '2'), ('task_default_delivery_mode', '3'),
    ('task_default_queue', '5'), ('task_default_queue', 'None'), ('task_default_queue', '["a"]'), ('task_default_exchange_type', '"drect"'),
    ('task_default_rate_limit', '"10/m"'), ('task_default_rate_limit', '"10/x"'), ('task_default_rate_limit', '"ten"'), ('task_default_rate_limit', '10'), ('task_default_rate_limit', '"10 / m"'),
    ('task_queues', '["a", "b"]'), ('task_queues', '"a"'), ('task_queues', '{"a": {}}'), ('task_queues', '("celery",)'), ('task_queues', '{"celery": {"exchange": "celery"}}'),
    ('task_routes', '"nothing.here"'), ('task_routes', '{"probe.add": {"queue": "celery"}}'), ('task_routes', '{"probe.add": "celery"}'), ('task_routes', '[("probe.add", {"queue": "celery"})]'),
    ('task_routes', '([("probe.add", {"queue": "celery"})],)'), ('task_routes', '5'), ('task_routes', '["nothing.here"]'),
    ('task_annotations', '"x"'), ('task_annotations', '{"probe.add": {"rate_limit": "10/s"}}'), ('task_annotations', '[{"*": {"rate_limit": "10/s"}}]'), ('task_annotations', '{"probe.add": "x"}'),
    ('task_publish_retry_policy', '{"max_retry": 3}'), ('task_publish_retry_policy', '"x"'), ('task_publish_retry_policy', '{"max_retries": "3"}'), ('task_publish_retry_policy', '{"max_retries": 3}'),
    ('task_always_eager', '"False"'), ('task_always_eager', '"0"'), ('task_always_eager', '""'), ('task_always_eager', '0'),
    ('timezone', '"Nowhere/Nothing"'), ('timezone', '5'), ('timezone', '"UTC"'), ('timezone', '"Europe/Oslo"'), ('timezone', 'None'),
    ('include', '"os"'), ('include', '["nothing_here"]'), ('include', '5'), ('include', '{"os"}'), ('imports', '"os"'), ('imports', '"nothing_here"'), ('imports', '5'),
    ('worker_pool', '"prefrk"'), ('worker_pool', '"solo"'), ('worker_pool', '"Prefork"'), ('worker_pool', '"threads"'),
    ('worker_pool_start_method', '"spwan"'), ('worker_redirect_stdouts_level', '"WARN"'), ('worker_redirect_stdouts_level', '"warning"'), ('worker_redirect_stdouts_level', '"LOUD"'), ('worker_redirect_stdouts_level', '30'),
    ('worker_log_format', '5'), ('worker_log_format', '"%(asctme)s"'), ('worker_log_color', '"False"'),
    ('worker_lost_wait', '"10"'), ('worker_timer_precision', '"1"'), ('worker_proc_alive_timeout', '"4"'), ('worker_soft_shutdown_timeout', '"2"'), ('worker_cancel_long_running_tasks_on_connection_loss', '"no"'),
    ('worker_eta_task_limit', '"10"'), ('worker_autoscaler', '"nothing.here:No"'), ('worker_consumer', '"nothing.here:No"'),
    ('result_backend', '"nothing://"'), ('result_backend', '"nothing.here"'), ('result_backend', '5'), ('broker_url', '"nothing://h"'), ('broker_url', '5'), ('broker_url', '["memory://"]'),
    ('result_cache_max', '"10"'), ('result_chord_join_timeout', '"3"'), ('result_extended', '"False"'), ('database_engine_options', '"x"'), ('control_queue_expires', '"10"'), ('control_queue_ttl', '"300"'),
    ('event_queue_ttl', '"5"'), ('event_queue_expires', '"60"'), ('task_acks_late', '"False"'), ('task_ignore_result', '"False"'), ('task_store_errors_even_if_ignored', '"False"'),
    ('beat_schedule', '[1]'), ('beat_schedule', '"x"'), ('beat_schedule', 'None'), ('beat_schedule', '{}'), ('beat_max_loop_interval', '"5"'), ('beat_max_loop_interval', 'timedelta(seconds=5)'),
    ('beat_sync_every', '"10"'), ('beat_scheduler', '"nothing.here:No"'), ('beat_schedule_filename', '5'), ('beat_cron_starting_deadline', '"60"'), ('beat_cron_starting_deadline', '60'),
]

APP = '''
import sys
from datetime import timedelta
from celery import Celery

app = Celery('probe', set_as_current=True)
app.conf.update(broker_url='filesystem://', result_backend='file://%(dir)s/results', broker_transport_options={'data_folder_in': '%(dir)s/queue', 'data_folder_out': '%(dir)s/queue', 'control_folder': '%(dir)s/control'},
                beat_schedule={'often': {'task': 'probe.add', 'schedule': 1.0, 'args': (1, 2)}}, beat_schedule_filename='%(dir)s/beat')
app.conf.update(%(setting)s=%(value)s)


@app.task
def add(x, y):
    return x + y
'''

SEND = '''
import probe, time
r = probe.add.delay(1, 2)
print('EAGER' if type(r).__name__ == 'EagerResult' else r.id, flush=True)
'''


def last_error(text):
    """The last line of a traceback, or what the command line said."""
    errors = [line.strip() for line in re.findall(r'^[ |]*((?:\w+\.)*\w*(?:Error|Exception|Configured|NotInstalled|Disallowed|NotFound|Warning|Exit)\b(?:: .*)?)$', text, re.M)]
    errors = [line for line in errors if 'Warning' not in line.split(':')[0]]
    return errors[-1][:200] if errors else None


def run(command, directory, seconds, until=None):
    """(exit status or None if it had to be stopped, everything it wrote)"""
    with open(os.path.join(directory, 'log'), 'w+') as log:
        process = subprocess.Popen(command, cwd=directory, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        end = time.time() + seconds
        while time.time() < end and process.poll() is None and not (until and until()):
            time.sleep(.1)
        status = process.poll()
        if status is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(4)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        log.seek(0)
        return status, log.read()


def probe(setting, value):
    answer = {'setting': setting, 'value': value}
    with tempfile.TemporaryDirectory() as directory:
        for name in ('queue', 'results', 'control'):
            os.mkdir(os.path.join(directory, name))
        with open(os.path.join(directory, 'probe.py'), 'w') as fh:
            fh.write(APP % {'dir': directory, 'setting': setting, 'value': value})
        results = os.path.join(directory, 'results')

        def state():
            for name in os.listdir(results):
                with open(os.path.join(results, name), 'rb') as fh:
                    found = re.search(rb'"status": "(\w+)"', fh.read())
                    if found:
                        return found.group(1).decode()
        status, text = run([sys.executable, '-c', SEND], directory, 10)
        if status != 0:
            answer['send'] = last_error(text) or 'hangs'
        elif 'EAGER' in text:
            answer['eager'] = True
            return answer
        command = [sys.executable, '-m', 'celery', '-A', 'probe']
        worker = ['worker', '--without-gossip', '--without-mingle'] + ([] if setting.startswith('worker_') else ['-c', '1'])
        status, text = run(command + worker, directory, 7, state)
        error = last_error(text)
        answer['worker'] = ('exits' if status is not None else 'runs') + (': ' + error if error else '')
        answer['state'] = state()
        if setting.startswith(('beat_', 'timezone')):
            status, text = run(command + ['beat'], directory, 4)
            error = last_error(text)
            answer['beat'] = ('exits' if status is not None else 'runs') + (': ' + error if error else '') + (', sends' if 'Sending due task' in text or os.listdir(os.path.join(directory, 'queue')) else '')
    return answer


def main():
    import celery
    only = sys.argv[1:]
    cases = [case for case in CASES if not only or case[0] in only]
    print('{"release": "%s", "cases": [' % '.'.join(celery.__version__.split('.')[:2]))
    for at, case in enumerate(cases):
        print(json.dumps(probe(*case), sort_keys=True) + (',' if at + 1 < len(cases) else ''), flush=True)
    print(']}')


if __name__ == '__main__':
    main()
