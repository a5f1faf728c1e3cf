"""``audobon backup cost``."""

import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from audobon_cli.cli.backup.cost_views import bill_data, cost_data, show_cost
from audobon_cli.cli.options import command
from audobon_cli.cli.repository_options import RepositoryOptions
from audobon_cli.cli.session import Session

if TYPE_CHECKING:
    from audobon_cli.analytics.bigquery.bill import MonthBill


@command(
    "cost", examples=["audobon backup cost", "audobon backup cost --repo gs://my-art-backup/game --json"]
)
def cost(session: Session, place: RepositoryOptions) -> None:
    """Show what a repository in a bucket costs.

    So far, this month and a year ahead, by what the bucket lists of its objects; and the storage class that suits what
    was read from it. With `billing.export` set, the month's bill, too. The repository is not opened.
    """
    from audobon_cli.backup.cost.reads import ReadsLog
    from audobon_cli.backup.cost.report import report_costs

    opener, now = session.workspace.backup, datetime.now(UTC)
    remote = opener.remote(place.destination(session))
    try:
        report = report_costs(remote, ReadsLog(opener.uploads, remote.address).read(now), now)
    finally:
        remote.close()
    if report is None:
        words = f"Nothing is paid for {remote.address}, as far as is known here."
        data: dict[str, object] = {"address": remote.address, "cost": None, "bill": None}
        session.out.result(data, lambda: session.out.line(words))
        return
    bill = _bill(session, report.project_number, now)
    data = {"address": remote.address, "cost": cost_data(report), "bill": bill_data(bill)}
    session.out.result(data, lambda: show_cost(session.out, report, bill))


def _bill(session: Session, project_number: str, now: datetime) -> "MonthBill | None":
    table = session.workspace.settings.billing_export
    if not table:
        return None
    from audobon_cli.analytics.bigquery.bill import billing_place, month_bill
    from audobon_cli.analytics.bigquery.connection import BigQueryConnection
    from audobon_cli.transfer.retry import GOOGLE_RETRIES

    access = session.workspace.backup.google
    endpoint = os.environ.get("BIGQUERY_EMULATOR_HOST", "").rstrip("/")
    place, name = billing_place(table, endpoint, access.impersonate if access else "")
    connection = BigQueryConnection(place, retries=replace(GOOGLE_RETRIES, listen=session.out.tell))
    try:
        return month_bill(connection, name, now, project_number)
    finally:
        connection.close()
