"""``audobon cloud doctor``."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from audobon_cli.cli.cloud.deploy import Place
from audobon_cli.cli.options import command
from audobon_cli.cli.requests.cloud_contexts import CloudServices
from audobon_cli.cli.requests.cloud_options import CloudOptions, money_of
from audobon_cli.cli.screen.columns import Column, Kind
from audobon_cli.cli.session import Session
from audobon_cli.domain.errors import CloudNotReady
from audobon_cli.domain.units import plural

if TYPE_CHECKING:
    from audobon_cli.cloud.doctor import CloudCheck

COLUMNS = (Column("state"), Column("check"), Column("found", Kind.PROSE))


@command("doctor", examples=["audobon cloud doctor", "audobon cloud doctor --project my-project --json"])
def doctor(session: Session, where: CloudOptions, place: Place = "") -> None:
    """Check that jobs could run in the cloud.

    Account, project, clock, APIs, permissions, region, quota, place, deployment, budget and Vertex AI: what is missing
    is named with the command that mends it. Nothing is begun and nothing costs.
    """
    from audobon_cli.cloud.doctor import CloudChecks, CloudCheckState
    from audobon_cli.cloud.vertex.doctor import VertexChecks

    address = place or session.workspace.settings.cloud_place
    with CloudServices(session) as services:
        service = services.at(where.project, where.region)
        opened = (lambda: services.remote(address)) if address else None
        starter = session.workspace.settings.cloud_starter
        money = money_of(session)
        checks = list(CloudChecks(service, opened, money.budget, starter).run())
        if checks[0].state is not CloudCheckState.FAILED:
            checks += VertexChecks(service.connection, service.region, money.prices).run()
    bad = [one for one in checks if one.state is CloudCheckState.FAILED]
    data = {"checks": [{**asdict(one), "state": one.state.value} for one in checks]}

    def view() -> None:
        session.out.table(COLUMNS, [(one.state.value, one.name, _words(one)) for one in checks])

    error = None
    if bad:
        error = CloudNotReady(
            f"{plural(len(bad), 'check')} failed: {', '.join(one.name for one in bad)}.",
            hint=bad[0].remedy or "see the list above",
            checks=[one.name for one in bad],
        )
    session.finish(data, view, error)


def _words(check: "CloudCheck") -> str:
    return f"{check.message.rstrip('.')}: {check.remedy}" if check.remedy else check.message
