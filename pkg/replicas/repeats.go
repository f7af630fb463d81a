package replicas

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/kubectl-authn/kubectl-authn/pkg/diagnose"
	"github.com/kubectl-authn/kubectl-authn/pkg/evidence"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
)

// The questions whose answers are counted.
const (
	OnTheWire = "SelfSubjectReview"
	InReview  = "TokenReview"
)

// Count is how often an answer came.
type Count struct {
	// Server is the URL of the server; empty if there is only one.
	Server string
	// Question is SelfSubjectReview or TokenReview.
	Question string
	// Answer is the first of the answers that differ only in UIDs and times.
	Answer    finding.Text
	Times, Of int
}

// maxAnswer is the maximum length of a counted answer, in bytes.
const maxAnswer = 200

// Counts returns how often each answer came, the most frequent first; nil if each server was
// asked once.
func Counts(c *diagnose.Case) []Count {
	var out []Count
	repeated := false
	for _, server := range Asked(c) {
		for _, question := range []string{OnTheWire, InReview} {
			replies := Replies(c, server, question)
			repeated = repeated || len(replies) > 1
			from := len(out)
			var keys []string
			for _, a := range replies {
				i := slices.Index(keys, a.Key)
				if i < 0 {
					i = len(keys)
					keys = append(keys, a.Key)
					count := Count{"", question, a.Text.Cut(maxAnswer), 0, len(replies)}
					if len(c.Endpoints) > 0 {
						count.Server = c.Endpoints[server].URL
					}
					out = append(out, count)
				}
				out[from+i].Times++
			}
			slices.SortStableFunc(out[from:], func(a, b Count) int { return b.Times - a.Times })
		}
	}
	if !repeated && len(c.Endpoints) > 0 {
		return nil
	}
	return out
}

// Asked returns the indices of the servers that were asked about the subject in focus.
func Asked(c *diagnose.Case) []int {
	var out []int
	for _, a := range c.Subject().Attempts {
		if !slices.Contains(out, a.Endpoint) {
			out = append(out, a.Endpoint)
		}
	}
	return out
}

// Opinion is a server's opinion of a credential.
type Opinion int

const (
	NoOpinion Opinion = iota
	Accepts
	Refuses
	SeesNobody
)

// Reply is an answer; Key is the same for answers that differ only in UIDs and times.
type Reply struct {
	Opinion Opinion
	Text    finding.Text
	Key     string
}

// Replies returns a server's answers to one question, in order.
func Replies(c *diagnose.Case, server int, question string) []Reply {
	var out []Reply
	for _, a := range c.Subject().Attempts {
		if a.Endpoint != server || question == InReview && a.Review.State == evidence.NotLooked {
			continue
		}
		s := wireReply(a.Wire)
		if question == InReview {
			s = reviewReply(c.Audiences, a.Review)
		}
		s.Key = withoutVolatile(s.Text.String())
		out = append(out, s)
	}
	return out
}

func wireReply(w evidence.Fact[evidence.Answer]) Reply {
	switch a := w.Value; {
	case !w.Known():
		return Reply{Opinion: NoOpinion, Text: finding.T("no answer: %s", w.Reason())}
	case a.User != nil && a.User.Username == diagnose.AnonymousUser:
		return Reply{Opinion: SeesNobody, Text: finding.T("served as " + diagnose.AnonymousUser)}
	case diagnose.NamesUser(a.User):
		return Reply{Opinion: Accepts, Text: finding.T("accepted as %s", finding.User.Of(a.User.Username).Whole())}
	case !a.FromAPIServer:
		return Reply{Opinion: NoOpinion, Text: finding.T("%s, not from an API server", finding.Count(a.Status))}
	case a.Status == 401:
		return Reply{Opinion: Refuses, Text: answered(a)}
	default:
		return Reply{Opinion: NoOpinion, Text: answered(a)}
	}
}

// answered returns the status and the message of an answer.
func answered(a evidence.Answer) finding.Text {
	status := finding.T("%s", finding.Count(a.Status))
	if message := strings.TrimRightFunc(a.Message, unicode.IsSpace); message != "" {
		return finding.T("%s %s", status, finding.Message(message))
	}
	return status
}

func reviewReply(asked []string, r evidence.Fact[evidence.ReviewStatus]) Reply {
	switch v := r.Value; {
	case !r.Known():
		return Reply{Opinion: NoOpinion, Text: finding.T("no answer: %s", r.Reason())}
	case diagnose.ReviewAccepts(asked, v):
		return Reply{Opinion: Accepts, Text: finding.T("accepted as %s", finding.User.Of(v.User.Username).Whole())}
	case diagnose.ReviewNamesUser(v):
		return Reply{Opinion: Refuses, Text: finding.T("accepted as %s for other audiences", finding.User.Of(v.User.Username).Whole())}
	case v.Authenticated:
		return Reply{Opinion: SeesNobody, Text: finding.T("reviewed as " + diagnose.AnonymousUser)}
	case v.Error == "":
		return Reply{Opinion: Refuses, Text: finding.T("rejected without a reason")}
	default:
		return Reply{Opinion: Refuses, Text: finding.T("rejected: %s", finding.Message(v.Error))}
	}
}

// volatile matches the UIDs, times, ports and durations that differ in each answer of one server.
var volatile = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?: ?[+-][0-9:]+)?(?: ?[A-Z]+)?(?: m=[+-][0-9.]+)?|:[0-9]{4,5}->|[0-9.]+(?:ns|µs|ms|s)\b`)
})

// withoutVolatile returns a text without the parts that volatile matches.
func withoutVolatile(text string) string { return volatile().ReplaceAllString(text, "…") }

// Changes counts how often the opinion changed from one reply to the next.
func Changes(replies []Reply) int {
	runs := slices.CompactFunc(withOpinion(replies), func(a, b Reply) bool { return a.Key == b.Key })
	return max(0, len(runs)-1)
}

// Opinions returns the opinions in the replies, each once.
func Opinions(replies []Reply) []Opinion {
	var out []Opinion
	for _, s := range withOpinion(replies) {
		out = append(out, s.Opinion)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// withOpinion returns the replies that have an opinion.
func withOpinion(replies []Reply) []Reply {
	return slices.DeleteFunc(slices.Clone(replies), func(r Reply) bool { return r.Opinion == NoOpinion })
}
