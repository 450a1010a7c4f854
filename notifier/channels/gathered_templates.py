"""The built-in mail about several alerts."""

from typing import Final

GATHERED_TEXT: Final = """\
{{ headline }}
{% if late %}{{ late }}
{% endif %}
{% for line in lines -%}
{{ line.severity | upper }}: {{ line.title }}
  {{ line.state }}, {{ line.since }}, {{ line.impact }}{% if line.place %}, {{ line.place }}{% endif %}

  {{ line.url }}
{% endfor %}
{% if more %}{{ more }}: {{ all_url }}
{% endif -%}
--{{ " " }}
Gregor, {{ project }}
"""

GATHERED_HTML: Final = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ subject }}</title></head>
<body style="margin:0;padding:0;background:#f2f3f5;color:#1c2024;font:15px/1.45 -apple-system,'Segoe UI',Roboto,\
Helvetica,Arial,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">{{ preview }}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f3f5"><tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;\
border:1px solid #d9dce1;border-radius:8px">
<tr><td style="padding:20px 24px 12px"><span style="color:#60646c;font-size:13px">{{ project }}</span>
<h1 style="margin:4px 0 0;font-size:19px;line-height:1.3">{{ headline }}</h1></td></tr>
{% if late %}<tr><td style="padding:0 24px 12px"><div style="padding:8px 12px;background:#fff4d6;color:#5c4400;\
border-radius:6px;font-size:13px">{{ late }}</div></td></tr>{% endif %}
{% for line in lines %}<tr><td style="padding:12px 24px;border-top:1px solid #e8eaed;\
border-left:6px solid {{ colours[line.severity] }}">
<a href="{{ line.url }}" style="color:#1c2024;font-weight:600;text-decoration:none;word-break:break-word;\
overflow-wrap:anywhere">{{ line.title }}</a>
<div style="color:#60646c;font-size:13px;padding-top:2px">{{ line.severity | upper }} &middot; \
{{ line.state }} &middot; {{ line.since }} &middot; {{ line.impact }}</div>
{% if line.place %}<div style="font:13px ui-monospace,SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace;\
word-break:break-word;overflow-wrap:anywhere">{{ line.place }}</div>{% endif %}
{% if line.why %}<div style="color:#80838d;font-size:12px">{{ line.why | sentence }}</div>{% endif %}
</td></tr>
{% endfor %}
{% if more %}<tr><td style="padding:12px 24px;border-top:1px solid #e8eaed"><a href="{{ all_url }}">{{ more }}</a>\
</td></tr>{% endif %}
</table></td></tr></table></body></html>
"""
