package diagnose

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
)

// What a question is called where its answers are counted.
const (
	onTheWire = "SelfSubjectReview"
	inReview  = "TokenReview"
)

// Count is how often one answer came.
type Count struct {
	// Question is SelfSubjectReview or TokenReview.
	Question string
	// Answer is the answer in words; of those that differ in UIDs and times only, the first.
	Answer    string
	Times, Of int
}

// Counts says how often each answer came to a credential that the server was asked about
// more than once, the most frequent first.
func Counts(e *evidence.Evidence) []Count {
	s := e.Subject()
	if len(s.Attempts) == 0 {
		return nil
	}
	var out []Count
	for _, question := range []string{onTheWire, inReview} {
		said := sayings(e, question)
		from := len(out)
		var keys []string
		for _, a := range said {
			i := slices.Index(keys, a.key)
			if i < 0 {
				i = len(keys)
				keys = append(keys, a.key)
				out = append(out, Count{question, short(a.text), 0, len(said)})
			}
			out[from+i].Times++
		}
		slices.SortStableFunc(out[from:], func(a, b Count) int { return b.Times - a.Times })
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

// sayings are the answers to one question, in their order.
func sayings(e *evidence.Evidence, question string) []saying {
	var out []saying
	for _, a := range e.Subject().Attempts {
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
var volatile = regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?: ?[+-][0-9:]+)?(?: ?[A-Z]+)?(?: m=[+-][0-9.]+)?|:[0-9]{4,5}->|[0-9.]+(?:ns|µs|ms|s)\b`)

// sameAs is a text without the UIDs and times in it.
func sameAs(text string) string { return volatile.ReplaceAllString(text, "…") }

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
// the first: a credential is Accepted only if it was accepted each time that the server
// gave an answer, so the first refusal decides, with its reason rather than without.
func decisive(e *evidence.Evidence) *evidence.Evidence {
	best, highest := e, -1
	for _, a := range e.Subject().Attempts {
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
	view.Subjects = slices.Clone(e.Subjects)
	s := *e.Subject()
	s.Wire, s.Reviews = a.Wire, slices.Clone(s.Reviews)
	for i := range s.Reviews {
		if slices.Equal(s.Reviews[i].Audiences, e.Audiences) && a.Review.State != evidence.NotLooked {
			s.Reviews[i].Answer = a.Review
		}
	}
	view.Subjects[e.Focus] = &s
	return &view
}
