//go:build unix

package cmd

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// BenchmarkEachLine alternates between `verify --each-line` of 20,000 RS256 tokens and crypto/rsa alone with the
// same signatures: on one processor for CPU time (cpu-ratio), and on all for elapsed time (ratio). crypto/rsa
// alone excludes decoding and hashing.
func BenchmarkEachLine(b *testing.B) {
	for name, args := range map[string][]string{"valid": nil, "expired": {"--at", "+1000h"}} {
		b.Run(name, func(b *testing.B) {
			input, signatures := manyTokens(20_000)
			const issuer = "https://kubernetes.default.svc.cluster.local"
			args := append([]string{"kubectl-authn", "verify", "--each-line", "--jwks", bothKeys(b), "--issuer", issuer, "--audience", issuer}, args...)
			want := exitYes
			if name == "expired" {
				want = exitNo
			}
			env := OS()
			env.Out, env.Closed, env.CloseOut = io.Discard, nil, nil
			var ours, alone, allAlone spent
			for b.Loop() {
				ours.add(func() {
					env.In = bytes.NewReader(input)
					if status := Main(b.Context(), args, env); status != want {
						b.Fatalf("status %d", status)
					}
				})
				alone.add(func() { verifyAlone(b, signatures, 1) })
				allAlone.add(func() { verifyAlone(b, signatures, runtime.GOMAXPROCS(0)) })
			}
			b.ReportMetric(ours.took.Seconds()/allAlone.took.Seconds(), "ratio")
			b.ReportMetric(ours.busy.Seconds()/alone.busy.Seconds(), "cpu-ratio")
			b.ReportMetric(ours.busy.Seconds()/float64(b.N)*1000, "ms-cpu")
			b.ReportMetric(alone.busy.Seconds()/float64(b.N)*1000, "crypto/rsa-ms-cpu")
		})
	}
}

// spent is elapsed time and CPU time.
type spent struct{ took, busy time.Duration }

func (s *spent) add(f func()) {
	// The garbage of one run must not be collected in the time of the next.
	runtime.GC()
	started, busy := time.Now(), processors()
	f()
	s.took += time.Since(started)
	s.busy += processors() - busy
}

// processors is the CPU time of this process and of the processes that it has waited for.
func processors() (all time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if err := syscall.Getrusage(who, &r); err != nil {
			panic(err)
		}
		all += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return all
}

// madeSignature is a signature and the signed digest.
type madeSignature struct{ digest, signature []byte }

// manyTokens returns tokens of Pods in a kube-apiserver's form, one per line. Only every tenth token is new; the
// others are repeated.
func manyTokens(n int) (lines []byte, signatures []madeSignature) {
	now := time.Now().Unix()
	var input bytes.Buffer
	for i := range n {
		if i < n/10 {
			token := rs256(`{"alg":"RS256","kid":"r"}`, fmt.Sprintf(`{"aud":["https://kubernetes.default.svc.cluster.local"],"exp":%d,"iat":%d,"iss":"https://kubernetes.default.svc.cluster.local","jti":"5b8e3f5e-6f3c-4f0f-9c67-%012d",`+
				`"kubernetes.io":{"namespace":"shop","node":{"name":"node-7","uid":"c0ffee00-6f3c-4f0f-9c67-%012d"},"pod":{"name":"web-%d","uid":"7f0c3c1e-2f4e-4b3a-9d58-%012d"},"serviceaccount":{"name":"web","uid":"9d58f4aa-2f4e-4b3a-9d58-4a4a6f1a9b21"},"warnafter":%d},`+
				`"nbf":%d,"sub":"system:serviceaccount:shop:web"}`, now+7200, now, i, i, i, i, now+3607, now))
			input.WriteString(token + "\n")
			dot := strings.LastIndexByte(token, '.')
			digest := sha256.Sum256([]byte(token[:dot]))
			signatures = append(signatures, madeSignature{digest[:], must(base64.RawURLEncoding.DecodeString(token[dot+1:]))})
		} else {
			signatures = append(signatures, signatures[i-n/10])
		}
	}
	return bytes.Repeat(input.Bytes(), 10), signatures
}

// verifyAlone verifies signatures with crypto/rsa and some workers.
func verifyAlone(b *testing.B, signatures []madeSignature, workers int) {
	var next, good atomic.Int64
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			const some = 50
			for {
				end := int(next.Add(some))
				if end > len(signatures) {
					return
				}
				for _, s := range signatures[end-some : end] {
					if rsa.VerifyPKCS1v15(&rsaSigningKey().PublicKey, crypto.SHA256, s.digest, s.signature) == nil {
						good.Add(1)
					}
				}
			}
		})
	}
	done.Wait()
	if int(good.Load()) != len(signatures) {
		b.Fatalf("%d of %d signatures are good", good.Load(), len(signatures))
	}
}
