"""The built-in mail about no episode: codes, invitations, tests, word of a broken address."""

from typing import Final

NOTICE_TEXT: Final = """\
{{ title }}

{% for line in lines %}{{ line }}
{% endfor %}
{% if code %}Code: {{ code }}

{% endif %}{% if url %}{{ button }}: {{ url }}

{% endif %}--{{ " " }}
Gregor
"""

NOTICE_HTML: Final = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{{ subject }}</title></head>
<body style="margin:0;padding:0;background:#f2f3f5;color:#1c2024;font:15px/1.45 -apple-system,'Segoe UI',Roboto,\
Helvetica,Arial,sans-serif">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f3f5"><tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:520px;background:#ffffff;\
border:1px solid #d9dce1;border-radius:8px"><tr><td style="padding:24px">
<h1 style="margin:0 0 12px;font-size:19px;line-height:1.3">{{ title }}</h1>
{% for line in lines %}<p style="margin:0 0 10px">{{ line }}</p>{% endfor %}
{% if code %}<p style="margin:16px 0;font:700 26px ui-monospace,SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace;\
letter-spacing:.12em">{{ code }}</p>{% endif %}
{% if url %}<p style="margin:16px 0 0"><a href="{{ url }}" style="display:inline-block;padding:10px 22px;\
background:#1c2024;color:#ffffff;border-radius:6px;text-decoration:none;font-weight:600">{{ button }}</a></p>{% endif %}
</td></tr></table></td></tr></table></body></html>
"""
