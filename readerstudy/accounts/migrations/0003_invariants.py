from django.db import migrations

from readerstudy.common.database import AppendOnly, CaptureChanges, Refuse


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_invitations_and_profiles"), ("audit", "0002_append_only")]
    operations = [
        AppendOnly("accounts_invitation", unless="OLD.used_at IS NULL AND OLD.revoked_at IS NULL"),
        Refuse("accounts_invitation", "delete", "kept", "OLD.id IS NOT NULL"),
        Refuse(
            "accounts_invitation",
            "update",
            "one_link",
            "NEW.token_sha256 <> OLD.token_sha256 OR NEW.role <> OLD.role "
            "OR NEW.expires_at <> OLD.expires_at OR NEW.created_by_id <> OLD.created_by_id",
        ),
        CaptureChanges(
            "accounts_invitation", ["role", "created_by_id", "expires_at", "used_by_id", "revoked_at"]
        ),
    ]
