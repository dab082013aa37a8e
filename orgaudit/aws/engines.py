"""Which engine reads the accounts, by configuration."""

from orgaudit.aws.engine import Engine, Threads, processes, threads
from orgaudit.aws.organization import Access
from orgaudit.aws.plan import Context
from orgaudit.aws.recipe import Recipe
from orgaudit.aws.worker import Worker
from orgaudit.model.settings import Config


def here(access: Access, config: Config, context: Context) -> Worker:
    """A worker in this process."""
    return Worker(access.asker, access.identity, config.organization, context)


def engine_for(access: Access, config: Config, context: Context) -> Engine:
    """The engine that the configuration names.

    Raises ConfigError where its library is not installed or its scheduler does not answer.
    """
    settings = config.collect
    if settings.engine == "threads":
        return Threads(here(access, config, context).read, threads(settings), access.asker.stop)
    if settings.engine == "processes":
        from orgaudit.aws.processes import Processes

        count = processes(settings)
        return Processes(Recipe.of(access, config.organization, context, threads(settings), count), count)
    from orgaudit.aws.cluster import Cluster

    return Cluster(
        lambda count: Recipe.of(access, config.organization, context, threads(settings), count),
        processes(settings),
        settings.scheduler,
    )
