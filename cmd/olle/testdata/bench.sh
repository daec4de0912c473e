#!/bin/sh
# Starts Olle under a bot benchmark: its variables (API_ROOT, BOT_TOKEN, WEBHOOK_ADDR, WEBHOOK_SECRET, REDIS_ADDR) become Olle's settings.
# The webhook is /telegram/webhook. The pack asks for no consent; everything else is as in service. OLLE names the program.
set -eu
here=${0%/*}
export OLLE_EVENTS_DIR="$here/bench" OLLE_EVENT=bench-2030
export OLLE_TELEGRAM_TOKEN="$BOT_TOKEN" OLLE_TELEGRAM_API_URL="$API_ROOT"
export OLLE_TELEGRAM_PER_SECOND="${OLLE_TELEGRAM_PER_SECOND-100000}" OLLE_TELEGRAM_PER_CHAT="${OLLE_TELEGRAM_PER_CHAT-100000}"
export OLLE_LOG_LEVEL="${OLLE_LOG_LEVEL:-error}"
if [ "${BOT_MODE:-webhook}" = webhook ]; then
	export OLLE_HTTP_ADDR="$WEBHOOK_ADDR" OLLE_TELEGRAM_WEBHOOK_URL="http://$WEBHOOK_ADDR/telegram/webhook"
	export OLLE_TELEGRAM_WEBHOOK_SECRET="$WEBHOOK_SECRET"
else
	export OLLE_HTTP_ADDR=127.0.0.1:0
fi
if [ -n "${REDIS_ADDR:-}" ]; then
	export OLLE_REDIS_URL="redis://$REDIS_ADDR/0"
fi
export OLLE_DATA_DIR="${OLLE_DATA_DIR:-${TMPDIR:-/tmp}/olle-bench-$$}"
exec "${OLLE:-olle}" serve
