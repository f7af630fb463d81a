package cluster

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/version"
)

// The metrics of the JWT authenticators (k8s.io/apiserver
// plugin/pkg/authenticator/token/oidc/metrics.go, pkg/server/options/authenticationconfig/metrics).
const (
	metricReload  = "apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds"
	metricKeyRead = "apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds"
	metricLatency = "apiserver_authentication_jwt_authenticator_latency_seconds_count"
	// afterMetrics sorts after all of these names: an API server lists its metrics by name, so
	// reading can stop there.
	afterMetrics = "apiserver_authentication_k"
)

// Authenticators reads the metrics of the JWT authenticators. It does not read the rest of
// /metrics, several MiB on a busy cluster.
func (c *Caller) Authenticators(ctx context.Context) evidence.Fact[evidence.Authenticators] {
	source := finding.T("GET /metrics")
	if c.unable != nil {
		return evidence.Not[evidence.Authenticators](c.unable, source)
	}
	way := &progress{tls: c.base.Scheme == "https"}
	req, err := http.NewRequestWithContext(way.trace(ctx), http.MethodGet, strings.TrimRight(c.base.String(), "/")+"/metrics", nil)
	if err != nil {
		return evidence.Not[evidence.Authenticators](evidence.Because(evidence.Unusable, finding.Errorf("the server's address cannot be used")), source)
	}
	req.Header.Set("Accept", "text/plain")
	req.Header.Set("User-Agent", "kubectl-authn/"+version.Short())
	resp, err := c.http.Do(req)
	if err != nil {
		return evidence.Not[evidence.Authenticators](c.unanswered(err, way), source)
	}
	defer resp.Body.Close()
	body := io.LimitReader(resp.Body, maxBody)
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(body)
		r := &response{status: resp.StatusCode, header: resp.Header, body: text, secrets: c.secrets}
		return evidence.Not[evidence.Authenticators](r.failure(), source)
	}
	out := evidence.Authenticators{Issuers: map[string]evidence.IssuerKeys{}}
	complete := false
	lines := bufio.NewScanner(body)
	lines.Buffer(make([]byte, 0, 64<<10), maxBody)
	for lines.Scan() {
		line := bytes.TrimPrefix(lines.Bytes(), []byte("# HELP "))
		if string(line) >= afterMetrics && line[0] != '#' {
			complete = true
			break
		}
		if line := string(line); strings.HasPrefix(line, metricReload+"{") || strings.HasPrefix(line, metricKeyRead+"{") || strings.HasPrefix(line, metricLatency+"{") {
			out = metric(out, line)
		}
	}
	if err := lines.Err(); err != nil && !complete && !errors.Is(err, bufio.ErrTooLong) {
		return evidence.Not[evidence.Authenticators](c.unanswered(err, way), source)
	}
	if !complete {
		return evidence.Not[evidence.Authenticators](evidence.Because(evidence.Unusable,
			finding.Errorf("the authentication metrics are not in the first %s MiB of /metrics", finding.Count(maxBody>>20))), source)
	}
	return evidence.Is(out, source)
}

// metric adds one line of the text format.
func metric(a evidence.Authenticators, line string) evidence.Authenticators {
	name, rest, _ := strings.Cut(line, "{")
	labels, value, ok := strings.Cut(rest, "} ")
	seconds, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	// Every comparison with NaN is false.
	if !ok || err != nil || !(seconds >= 0 && seconds < 1<<40) {
		return a
	}
	when := time.Unix(int64(seconds), 0).UTC()
	failed := strings.Contains(labels, `result="failure"`) || strings.Contains(labels, `status="failure"`)
	if name == metricReload {
		if failed {
			a.ReloadFailed = when
		} else {
			a.Reloaded = when
		}
		return a
	}
	_, after, _ := strings.Cut(labels, `jwt_issuer_hash="sha256:`)
	hash, _, ok := strings.Cut(after, `"`)
	if !ok || len(a.Issuers) > 1000 {
		return a
	}
	keys := a.Issuers[hash]
	switch {
	case name != metricKeyRead:
	case failed:
		keys.Failed = when
	default:
		keys.Read = when
	}
	a.Issuers[hash] = keys
	return a
}
