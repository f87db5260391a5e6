"""The cards that we ship are held by their vignettes: a long proof, so it stands by itself."""

from click.testing import CliRunner

from cdshooks.cli import main


def test_no_small_change_of_a_rule_goes_unnoticed():
    """`cdshooks check --thorough` says which vignette or reason is missing."""
    done = CliRunner().invoke(main, ["check", "--thorough"])
    assert done.exit_code == 0, done.output[-3000:]
