from django.db import migrations

from readerstudy.common.database import PostgresFunction

_HELD = """
CREATE FUNCTION audit_chain_held() RETURNS TABLE (seq bigint, hash varchar) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7263114502);
  RETURN QUERY SELECT e.seq, e.hash FROM audit_event e ORDER BY e.seq DESC LIMIT 1;
END $$
"""
"""Under the lock, then: each statement of such a function sees what was committed before it began."""


class Migration(migrations.Migration):
    """The end of the chain is held and told in one statement."""

    dependencies = [("audit", "0002_append_only")]
    operations = [PostgresFunction("audit_chain_held", _HELD)]
