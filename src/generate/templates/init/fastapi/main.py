"""The web application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from jobs.celery_app import celery_app
from jobs.routes import check_broker, router


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Refuse to start when the broker cannot be reached."""
    await asyncio.to_thread(check_broker, celery_app)
    yield


app = FastAPI(title="Jobs", lifespan=lifespan)
app.include_router(router)
