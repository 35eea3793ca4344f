{{- define "common.name" -}}
{{ .Release.Name }}-{{ .Chart.Name }}
{{- end }}
{{- define "common.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
