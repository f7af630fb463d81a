package serve

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics count decisions. No label has a value that a client chooses.
type metrics struct {
	registry  *prometheus.Registry
	decisions *prometheus.CounterVec
	duration  *prometheus.HistogramVec
	cached    *prometheus.CounterVec
	questions *prometheus.HistogramVec
}

func newMetrics(mode Mode) *metrics {
	constant := prometheus.Labels{"mode": string(mode)}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		decisions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "authn_serve_decisions_total", Help: "Decisions by protocol, kind and finding.", ConstLabels: constant,
		}, []string{"protocol", "decision", "finding"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "authn_serve_decision_seconds", Help: "Time for a decision.", ConstLabels: constant,
			Buckets: []float64{.00005, .0002, .001, .005, .02, .1, .5, 2},
		}, []string{"protocol"}),
		cached: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "authn_serve_cache_total", Help: "Lookups of a token in the cache, by result: hit or miss.", ConstLabels: constant,
		}, []string{"result"}),
		questions: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "authn_serve_authentication_seconds", Help: "Time for an authentication that was not cached, by result: answered or failed.", ConstLabels: constant,
			Buckets: []float64{.0001, .001, .005, .02, .1, .5, 2},
		}, []string{"result"}),
	}
	m.registry.MustRegister(m.decisions, m.duration, m.cached, m.questions,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) decided(protocol string, d *Decision, took time.Duration) {
	m.decisions.WithLabelValues(protocol, d.Kind.String(), string(d.Finding)).Inc()
	m.duration.WithLabelValues(protocol).Observe(took.Seconds())
}

func (m *metrics) asked(took time.Duration, err error) {
	result := "answered"
	if err != nil {
		result = "failed"
	}
	m.questions.WithLabelValues(result).Observe(took.Seconds())
}
