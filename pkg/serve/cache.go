package serve

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
	expiring "k8s.io/apimachinery/pkg/util/cache"

	"github.com/kubectl-authn/kubectl-authn/pkg/crash"
	"github.com/kubectl-authn/kubectl-authn/pkg/finding"
	"github.com/kubectl-authn/kubectl-authn/pkg/token"
)

// maxCachedText bounds the message of a rejection, in bytes: clients choose how many rejections are cached.
const maxCachedText = 512

// cache keeps verdicts, and asks once for all requests with the same token. The cache of k8s.io/apiserver
// (pkg/authentication/token/cache) has no bound, keeps a verdict beyond exp, and keeps no rejection, so that a client
// with a bad token would ask the API server each time. A question without an answer is never cached.
type cache struct {
	tokens authenticator
	// accepted and rejected are apart, so that rejections do not displace acceptances.
	accepted, rejected *expiring.LRUExpireCache
	options            *Options
	// key is random: what a cache holds, and its order, say nothing about tokens.
	key     []byte
	flights singleflight.Group
	// slots bounds the questions at once.
	slots   chan struct{}
	now     func() time.Time
	metrics *metrics
}

// wallClock is the clock of a cache.
type wallClock func() time.Time

// Now implements cache.Clock.
func (c wallClock) Now() time.Time { return c() }

func newCache(tokens authenticator, o *Options, m *metrics, now func() time.Time) *cache {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // Never fails (crypto/rand).
	return &cache{
		tokens: tokens, options: o, key: key, now: now, metrics: m,
		accepted: expiring.NewLRUExpireCacheWithClock(max(o.CacheSize, 1), wallClock(now)), rejected: expiring.NewLRUExpireCacheWithClock(max(o.CacheSize, 1), wallClock(now)),
		slots: make(chan struct{}, max(o.MaxReviews, 1)),
	}
}

// id is a keyed hash of the token and the audiences, each with its length.
func (c *cache) id(t token.Secret) string {
	h := hmac.New(sha256.New, c.key)
	var n [8]byte
	for _, part := range append([]string{t.Reveal()}, c.options.Audiences...) {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return string(h.Sum(nil))
}

// get returns the verdict on a token, and whether it is an earlier one. ctx ends the wait, but not the question, which
// other requests may wait for.
func (c *cache) get(ctx context.Context, t token.Secret) (v *verdict, cached bool, err error) {
	id := c.id(t)
	if v, ok := c.find(id); ok {
		c.metrics.cached.WithLabelValues("hit").Inc()
		return v, true, nil
	}
	c.metrics.cached.WithLabelValues("miss").Inc()
	for attempt := 1; ; attempt++ {
		var own atomic.Bool
		answer := c.flights.DoChan(id, func() (any, error) { own.Store(true); return c.ask(ctx, id, t) })
		select {
		case r := <-answer:
			switch {
			case r.Err == nil:
				return r.Val.(*verdict), false, nil
			// Another request's question failed, which may have begun long before this one.
			case !own.Load() && attempt == 1 && ctx.Err() == nil:
				continue
			}
			return nil, false, r.Err
		case <-ctx.Done():
			return nil, false, &unavailable{finding.APIServerUnreachable, finding.Errorf("no answer in time")}
		}
	}
}

// find returns a cached verdict that still holds. The clock is read again, because it may have been set.
func (c *cache) find(id string) (*verdict, bool) {
	for _, kept := range []*expiring.LRUExpireCache{c.accepted, c.rejected} {
		if found, ok := kept.Get(id); ok {
			v := found.(*verdict)
			return v, v.user == nil || v.expires.IsZero() || c.now().Before(v.expires)
		}
	}
	return nil, false
}

// ask authenticates a token, and caches the verdict.
func (c *cache) ask(ctx context.Context, id string, t token.Secret) (v *verdict, err error) {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	default:
		return nil, &unavailable{finding.APIServerError, finding.Errorf("too many questions at once (--max-reviews)")}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.options.ReviewTimeout)
	defer cancel()
	begin := time.Now()
	if caught := crash.Catch(func() { v, err = c.tokens.authenticate(ctx, t) }); caught != nil {
		// A panic is not a verdict. Its value may quote the token and is not kept.
		v, err = nil, &unavailable{finding.APIServerError, finding.Errorf("this is a bug in kubectl authn: %s", finding.Message(caught.Cause))}
	}
	c.metrics.asked(time.Since(begin), err)
	if err != nil {
		return nil, err
	}
	v.detach()
	if v.user == nil {
		if c.options.NegativeTTL > 0 {
			c.rejected.Add(id, v, c.options.NegativeTTL)
		}
		return v, nil
	}
	ttl := c.options.CacheTTL
	if !v.expires.IsZero() {
		ttl = min(ttl, v.expires.Sub(c.now()))
	}
	if ttl > 0 {
		c.accepted.Add(id, v, ttl)
	}
	return v, nil
}

// detach copies the texts, which may be parts of the token's payload: a cached verdict must not keep 64 KiB alive.
func (v *verdict) detach() {
	v.rejected.said, v.tokenID = strings.Clone(bounded(v.rejected.said)), strings.Clone(bounded(v.tokenID))
	v.audiences = cloned(v.audiences)
	if v.user != nil {
		v.user = &identity{strings.Clone(v.user.name), cloned(v.user.groups)}
	}
}

func cloned(texts []string) (out []string) {
	for _, s := range texts {
		out = append(out, strings.Clone(s))
	}
	return out
}

// bounded cuts a text at a character.
func bounded(s string) string {
	if len(s) <= maxCachedText {
		return s
	}
	return strings.ToValidUTF8(s[:maxCachedText], "") + "…"
}
