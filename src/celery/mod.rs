//! What Celery itself is: facts as data, and the small code that reads them.
