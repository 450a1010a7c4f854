"""The built-in mail: text first, then HTML without images, scripts or remote parts. 600 px, one column."""

from typing import Final

TEXT: Final = """\
{{ severity | upper }}: {{ title }}
{{ headline }}{% if late %}
{{ late }}{% endif %}

{{ issue_url }}

{% for fact in facts -%}
{{ "%-12s" | format(fact.name) }} {{ fact.text }}
{% endfor %}
Severity: {{ severity }}, because {{ severity_why }}.
Grouped:  {{ grouped }}.
{% for rule in rules %}Rule:     {{ rule.name }}{% if rule.trace %} ({{ rule.trace }}){% endif %}
{% endfor %}
Why you are told
{% for why in why_told -%}
- {{ why }}
{% endfor -%}
{% if others %}- also told: {{ others }}
{% endif -%}
{% if next_step %}- {{ next_step }}
{% endif %}
--{{ " " }}
Gregor, {{ project }}
{{ stamps }}
"""

HTML: Final = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="format-detection" content="telephone=no">
<title>{{ subject }}</title></head>
<body style="margin:0;padding:0;background:#f2f3f5;color:#1c2024;font:15px/1.45 -apple-system,'Segoe UI',Roboto,\
Helvetica,Arial,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">{{ preview }}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f2f3f5"><tr>
<td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:600px;background:#ffffff;\
border:1px solid #d9dce1;border-radius:8px;border-top:6px solid {{ colour }}">
<tr><td style="padding:20px 24px 4px">
<span style="display:inline-block;padding:2px 10px;border-radius:12px;background:{{ colour }};color:#ffffff;\
font-size:12px;font-weight:700;letter-spacing:.04em">{{ severity | upper }}</span>
<span style="color:#60646c;font-size:13px">&nbsp;{{ headline }} &middot; {{ project }}</span>
</td></tr>
{% if late %}<tr><td style="padding:8px 24px 0"><div style="padding:8px 12px;background:#fff4d6;color:#5c4400;\
border-radius:6px;font-size:13px">{{ late }}</div></td></tr>{% endif %}
<tr><td style="padding:10px 24px 2px"><h1 style="margin:0;font-size:20px;line-height:1.3;color:#1c2024;\
word-break:break-word;overflow-wrap:anywhere">{{ title }}</h1></td></tr>
<tr><td style="padding:6px 24px 16px;color:#60646c;font-size:14px">{{ impact }}</td></tr>
<tr><td style="padding:0 24px 18px"><a href="{{ issue_url }}" style="display:inline-block;padding:10px 22px;\
background:#1c2024;color:#ffffff;border-radius:6px;text-decoration:none;font-weight:600">Open the issue</a></td></tr>
<tr><td style="padding:0 24px 8px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0" \
style="border-top:1px solid #e8eaed">
{% for fact in facts %}<tr><td style="padding:6px 12px 6px 0;color:#60646c;font-size:13px;white-space:nowrap;\
vertical-align:top;border-bottom:1px solid #f0f1f3;width:1%">{{ fact.name }}</td>
<td style="padding:6px 0;font-size:14px;border-bottom:1px solid #f0f1f3;word-break:break-word;overflow-wrap:anywhere;\
{% if fact.name in ("Where", "Culprit", "Request") %}\
font-family:ui-monospace,SFMono-Regular,Consolas,'DejaVu Sans Mono',monospace;font-size:13px{% endif %}">\
{{ fact.text }}</td></tr>
{% endfor %}</table></td></tr>
<tr><td style="padding:10px 24px 4px;font-size:14px">
<p style="margin:0 0 8px"><b>Why {{ severity }}.</b> {{ severity_why | sentence }}.</p>
{% for rule in rules %}<p style="margin:0 0 8px"><b>Rule.</b> {{ rule.name }}{% if rule.trace %}: {{ rule.trace }}\
{% endif %}.</p>
{% endfor %}<p style="margin:0 0 8px"><b>Why grouped.</b> {{ grouped | sentence }}.</p>
<p style="margin:0 0 4px"><b>Why you.</b></p>
<ul style="margin:0 0 8px;padding-left:20px">{% for why in why_told %}<li>{{ why }}</li>{% endfor %}</ul>
{% if others %}<p style="margin:0 0 8px"><b>Also told.</b> {{ others }}.</p>
{% endif %}{% if next_step %}<p style="margin:0 0 8px"><b>Next.</b> {{ next_step }}</p>
{% endif %}</td></tr>
<tr><td style="padding:10px 24px 16px;color:#80838d;font-size:12px;border-top:1px solid #e8eaed">
{{ stamps }}
</td></tr></table></td></tr></table></body></html>
"""

COLOURS: Final = {"critical": "#c62828", "high": "#d9480f", "medium": "#946200", "low": "#5f6b7a"}
