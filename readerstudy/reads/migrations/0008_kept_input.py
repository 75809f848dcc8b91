import django.db.models.deletion
import readerstudy.reads.states
from django.db import migrations, models

from readerstudy.common.database import AppendOnly, CaptureChanges


class Migration(migrations.Migration):

    dependencies = [
        ('reads', '0007_sent_ahead'),
    ]

    operations = [
        migrations.CreateModel(
            name='KeptInput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('why', models.CharField(choices=[(readerstudy.reads.states.Kept['OPENED_ELSEWHERE'], readerstudy.reads.states.Kept['OPENED_ELSEWHERE']), (readerstudy.reads.states.Kept['HANDED_IN'], readerstudy.reads.states.Kept['HANDED_IN']), (readerstudy.reads.states.Kept['STUDY_LOCKED'], readerstudy.reads.states.Kept['STUDY_LOCKED']), (readerstudy.reads.states.Kept['REPLACED'], readerstudy.reads.states.Kept['REPLACED'])], max_length=16)),
                ('answers', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('entered_at', models.DateTimeField(null=True)),
                ('at', models.DateTimeField()),
                ('read', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kept_inputs', to='reads.read')),
            ],
            options={
                'ordering': ['at'],
                'constraints': [models.UniqueConstraint(fields=('read', 'why', 'sha256'), name='reads_kept_input_once'), models.CheckConstraint(condition=models.Q(('why__in', [readerstudy.reads.states.Kept['OPENED_ELSEWHERE'], readerstudy.reads.states.Kept['HANDED_IN'], readerstudy.reads.states.Kept['STUDY_LOCKED'], readerstudy.reads.states.Kept['REPLACED']])), name='reads_kept_input_why')],
            },
        ),
        AppendOnly("reads_keptinput"),
        CaptureChanges("reads_keptinput", ["read_id", "why", "at"]),
    ]
