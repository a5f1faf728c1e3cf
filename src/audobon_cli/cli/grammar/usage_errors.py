"""What the parser says of a wrong command line.

Typer carries a copy of click and raises its errors, but exports only BadParameter of them: their base is taken from
the copy, here and nowhere else.
"""

from typer._click.exceptions import ClickException as ClickException
from typer._click.exceptions import NoArgsIsHelpError as NoArgsIsHelpError
