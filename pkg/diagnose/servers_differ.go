package diagnose

import (
	"slices"
	"time"

	"github.com/kubectl-authn/kubectl-authn/pkg/errortext"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// difference says whether the servers gave different answers.
type difference int

const (
	noDifference difference = iota
	// onTheWay: at the kubeconfig's address the answer is another one, and what stands
	// before the servers can be the reason: it may lose a credential.
	onTheWay
	// certain: two API servers answered differently.
	certain
)

func differ(e *evidence.Evidence) difference {
	found := noDifference
	servers := askedServers(e)
	for _, question := range []string{onTheWire, inReview} {
		for n, i := range servers {
			for _, j := range servers[n+1:] {
				if !apart(sayings(e, i, question), sayings(e, j, question)) {
					continue
				}
				if i == 0 && question == onTheWire && !acceptedAt(e, 0) {
					found = max(found, onTheWay)
				} else {
					found = certain
				}
			}
		}
	}
	return found
}

// apart reports whether no answer of one server is one of the other's.
func apart(a, b []saying) bool {
	keys := func(said []saying) []string {
		var out []string
		for _, s := range said {
			if s.opinion != noOpinion {
				out = append(out, s.key)
			}
		}
		return out
	}
	ka, kb := keys(a), keys(b)
	return len(ka) > 0 && len(kb) > 0 && !slices.ContainsFunc(ka, func(k string) bool { return slices.Contains(kb, k) })
}

// acceptedAt reports whether the server accepted the credential on the wire, and not
// because something on the way supplied another one.
func acceptedAt(e *evidence.Evidence, server int) bool {
	for _, a := range e.Subject().Attempts {
		if view := with(e, a); a.Endpoint == server && wireSaying(a.Wire).opinion == accepts && !supplied(view) {
			return true
		}
	}
	return false
}

// lagging reports whether each reason that was given for a refusal is one that servers
// with the same configuration come to see some seconds apart: they remember an acceptance,
// and read objects through caches.
func lagging(e *evidence.Evidence) bool {
	found := false
	for _, a := range e.Subject().Attempts {
		if !a.Review.Known() || a.Review.Value.Authenticated {
			continue
		}
		lags := false
		for _, r := range errortext.Parse(a.Review.Value.Error) {
			if r.Stage != errortext.Bearer && len(r.IDs) > 0 {
				lags = !slices.ContainsFunc(r.IDs, func(id finding.ID) bool { return !ofObjects(id) && !(id == finding.TokenExpired && justExpired(e)) })
			}
		}
		if !lags {
			return false
		}
		found = true
	}
	return found
}

func ofObjects(id finding.ID) bool {
	return slices.ContainsFunc(objectChecks, func(c *Check) bool { return slices.Contains(c.Finds, id) })
}

var objectChecks = []*Check{&legacySecret, &serviceAccount, &boundSecret, &boundPod, &boundNode, &boundObject, &bootstrapToken}

func justExpired(e *evidence.Evidence) bool {
	exp, has := e.Token().ExpiresAt()
	now, _ := e.ServerNow()
	return has && now.Sub(exp).Abs() < 15*time.Second
}
