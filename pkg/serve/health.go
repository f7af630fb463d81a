package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds a question about readiness. kubelet's default timeout of a probe is one second.
const readyTimeout = 900 * time.Millisecond

// health answers probes and has the metrics, on a listener of its own: every path of the others is a decision.
type health struct {
	decider  *Decider
	stopping atomic.Bool
}

// ServeHTTP implements http.Handler.
func (h *health) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/livez":
		answer(w, http.StatusOK, "ok")
	case "/readyz":
		h.readyz(w, r)
	case "/metrics":
		promhttp.HandlerFor(h.decider.metrics.registry, promhttp.HandlerOpts{ErrorLog: quiet}).ServeHTTP(w, r)
	default:
		answer(w, http.StatusNotFound, "not found: /livez, /readyz and /metrics are here")
	}
}

func (h *health) readyz(w http.ResponseWriter, r *http.Request) {
	if h.stopping.Load() {
		answer(w, http.StatusServiceUnavailable, "not ready: stopping")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
	defer cancel()
	if err := h.decider.tokens.ready(ctx); err != nil {
		answer(w, http.StatusServiceUnavailable, fmt.Sprintf("not ready: %s", err))
		return
	}
	answer(w, http.StatusOK, "ok")
}

func answer(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}
