package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// What a question is called where its answers are counted.
const (
	onTheWire = "SelfSubjectReview"
	inReview  = "TokenReview"
)

// Count is how often one answer came.
type Count struct {
	// Server is the URL of the one that was asked, where there is more than one.
	Server string
	// Question is SelfSubjectReview or TokenReview.
	Question string
	// Answer is the answer in words; of those that differ in UIDs and times only, the first.
	Answer    string
	Times, Of int
}

// Counts says how often each answer came to a credential about which a server was asked
// more than once, the most frequent first.
func Counts(e *evidence.Evidence) []Count {
	var out []Count
	often := false
	for _, server := range askedServers(e) {
		for _, question := range []string{onTheWire, inReview} {
			said := sayings(e, server, question)
			often = often || len(said) > 1
			from := len(out)
			var keys []string
			for _, a := range said {
				i := slices.Index(keys, a.key)
				if i < 0 {
					i = len(keys)
					keys = append(keys, a.key)
					c := Count{"", question, short(a.text), 0, len(said)}
					if len(e.Endpoints) > 0 {
						c.Server = e.Endpoints[server].URL
					}
					out = append(out, c)
				}
				out[from+i].Times++
			}
			slices.SortStableFunc(out[from:], func(a, b Count) int { return b.Times - a.Times })
		}
	}
	if !often && len(e.Endpoints) > 0 {
		// Each was asked once.
		return nil
	}
	return out
}

// askedServers are the indices of the servers that were asked about the subject in focus.
func askedServers(e *evidence.Evidence) []int {
	var out []int
	for _, a := range e.Subject().Attempts {
		if !slices.Contains(out, a.Endpoint) {
			out = append(out, a.Endpoint)
		}
	}
	return out
}

// What an answer says of a credential.
type opinion int

const (
	noOpinion opinion = iota
	accepts
	refuses
	seesNobody
)

type saying struct {
	opinion   opinion
	text, key string
}

// sayings are a server's answers to one question, in their order.
func sayings(e *evidence.Evidence, server int, question string) []saying {
	var out []saying
	for _, a := range e.Subject().Attempts {
		if a.Endpoint != server {
			continue
		}
		var s saying
		if question == onTheWire {
			s = wireSaying(a.Wire)
		} else {
			if a.Review.State == evidence.NotLooked {
				continue
			}
			s = reviewSaying(e.Audiences, a.Review)
		}
		s.key = sameAs(s.text)
		out = append(out, s)
	}
	return out
}

func wireSaying(w evidence.Fact[evidence.Answer]) saying {
	switch a := w.Value; {
	case !w.Known():
		return saying{opinion: noOpinion, text: "no answer: " + w.Reason()}
	case a.User != nil && a.User.Username == anonymousUser:
		return saying{opinion: seesNobody, text: "served as " + anonymousUser}
	case somebody(a.User):
		return saying{opinion: accepts, text: "accepted as " + a.User.Username}
	case !a.FromAPIServer:
		return saying{opinion: noOpinion, text: fmt.Sprintf("%d, and not by an API server", a.Status)}
	case a.Status == 401:
		return saying{opinion: refuses, text: strings.TrimSpace("401 " + a.Message)}
	default:
		return saying{opinion: noOpinion, text: strings.TrimSpace(fmt.Sprintf("%d %s", a.Status, a.Message))}
	}
}

func reviewSaying(asked []string, r evidence.Fact[evidence.ReviewStatus]) saying {
	switch v := r.Value; {
	case !r.Known():
		return saying{opinion: noOpinion, text: "no answer: " + r.Reason()}
	case confirmed(asked, v):
		return saying{opinion: accepts, text: "accepted as " + v.User.Username}
	case accepted(v):
		return saying{opinion: refuses, text: "accepted as " + v.User.Username + " for other audiences"}
	case v.Authenticated:
		return saying{opinion: seesNobody, text: "reviewed as " + anonymousUser}
	case v.Error == "":
		return saying{opinion: refuses, text: "refused without a word"}
	default:
		return saying{opinion: refuses, text: "refused: " + v.Error}
	}
}

// volatile is what differs from one answer to the next of the same server.
var volatile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?: ?[+-][0-9:]+)?(?: ?[A-Z]+)?(?: m=[+-][0-9.]+)?|:[0-9]{4,5}->|[0-9.]+(?:ns|µs|ms|s)\b`)
})

// sameAs is a text without the UIDs and times in it.
func sameAs(text string) string { return volatile().ReplaceAllString(text, "…") }

// changes counts how often the answer became another one; what was no answer is left out.
func changes(said []saying) int {
	n, last := 0, ""
	for _, s := range said {
		if s.opinion == noOpinion {
			continue
		}
		if last != "" && s.key != last {
			n++
		}
		last = s.key
	}
	return n
}

// opinions are what the answers say, each once.
func opinions(said []saying) []opinion {
	var out []opinion
	for _, s := range said {
		if s.opinion != noOpinion && !slices.Contains(out, s.opinion) {
			out = append(out, s.opinion)
		}
	}
	return out
}

// decisive is the evidence with the answers of the attempt that decides in the place of
// the first: a credential is Accepted only if it was accepted each time that a server
// gave an answer, so the first refusal decides, with its reason rather than without.
func decisive(e *evidence.Evidence) *evidence.Evidence {
	return decisiveOf(e, func(evidence.Attempt) bool { return true })
}

// decisiveOf is the same with some of the attempts.
func decisiveOf(e *evidence.Evidence, counts func(evidence.Attempt) bool) *evidence.Evidence {
	best, highest := e, -1
	for _, a := range e.Subject().Attempts {
		if !counts(a) {
			continue
		}
		view, rank := with(e, a), 0
		switch verdict, _, _ := decide(view); {
		case verdict == Rejected && decidingText(view) != "":
			rank = 4
		case verdict == Rejected:
			rank = 3
		case verdict == Anonymous:
			rank = 2
		case verdict == Accepted:
			rank = 1
		}
		if rank > highest {
			best, highest = view, rank
		}
	}
	return best
}

// accepting is the evidence with the answers of an attempt that was accepted.
func accepting(e *evidence.Evidence) (*evidence.Evidence, bool) {
	for _, a := range e.Subject().Attempts {
		view := with(e, a)
		if verdict, _, _ := decide(view); verdict == Accepted {
			return view, true
		}
	}
	return e, false
}

// divided reports whether some attempts end in another verdict than others.
func divided(e *evidence.Evidence) bool {
	seen := Undecided
	for _, a := range e.Subject().Attempts {
		verdict, _, _ := decide(with(e, a))
		if verdict != Undecided && seen != Undecided && verdict != seen {
			return true
		}
		if verdict != Undecided {
			seen = verdict
		}
	}
	return false
}

// with is the evidence as if the attempt had been the only one that counts.
func with(e *evidence.Evidence, a evidence.Attempt) *evidence.Evidence {
	view := *e
	if a.Endpoint < len(e.Endpoints) {
		at := e.Endpoints[a.Endpoint]
		at.Trust = e.Server.Trust
		view.Server, view.Cluster, view.Anonymous = at.Server, at.Issuer, at.Anonymous
		if first := e.Endpoints[0]; !first.Anonymous.Known() {
			// That nothing answers at the kubeconfig's address remains to be said.
			view.Server, view.Anonymous = first.Server, first.Anonymous
		}
	}
	view.Subjects = slices.Clone(e.Subjects)
	s := *e.Subject()
	s.Wire, s.Reviews = a.Wire, slices.Clone(s.Reviews)
	for i := range s.Reviews {
		r := &s.Reviews[i]
		switch asked := slices.Equal(r.Audiences, e.Audiences); {
		case asked && a.Review.State != evidence.NotLooked:
			r.Answer = a.Review
		case a.Endpoint > 0 && r.Answer.Known():
			// One server's word is not another's. A right that is missing is missing at all.
			r.Answer = evidence.Unasked[evidence.ReviewStatus]("that server was not asked")
		}
	}
	view.Subjects[e.Focus] = &s
	return &view
}
