package e2e

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	jose "gopkg.in/go-jose/go-jose.v2"
)

// manyTokens writes n tokens of Pods in a kube-apiserver's form, one per line, and the key set that verifies them.
// Only every tenth token is new; the others are repeated.
func manyTokens(tb testing.TB, n int) (tokens, keys string) {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "r", Algorithm: "RS256", Use: "sig"}}})
	if err != nil {
		tb.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	header, now := encode([]byte(`{"alg":"RS256","kid":"r"}`)), time.Now().Unix()
	var signed bytes.Buffer
	for i := range n / 10 {
		input := header + "." + encode(fmt.Appendf(nil, `{"aud":["https://kubernetes.default.svc.cluster.local"],"exp":%d,"iat":%d,"iss":"https://kubernetes.default.svc.cluster.local","jti":"5b8e3f5e-6f3c-4f0f-9c67-%012d",`+
			`"kubernetes.io":{"namespace":"shop","node":{"name":"node-7","uid":"c0ffee00-6f3c-4f0f-9c67-%012d"},"pod":{"name":"web-%d","uid":"7f0c3c1e-2f4e-4b3a-9d58-%012d"},`+
			`"serviceaccount":{"name":"web","uid":"9d58f4aa-2f4e-4b3a-9d58-4a4a6f1a9b21"},"warnafter":%d},"nbf":%d,"sub":"system:serviceaccount:shop:web"}`, now+7200, now, i, i, i, i, now+3607, now))
		digest := sha256.Sum256([]byte(input))
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err != nil {
			tb.Fatal(err)
		}
		signed.WriteString(input + "." + encode(signature) + "\n")
	}
	dir := tb.TempDir()
	tokens, keys = filepath.Join(dir, "tokens"), filepath.Join(dir, "keys.json")
	for file, content := range map[string][]byte{tokens: bytes.Repeat(signed.Bytes(), 10), keys: set} {
		if err := os.WriteFile(file, content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return tokens, keys
}

// eachLine runs `verify --each-line` and returns its cost.
func eachLine(tb testing.TB, tokens, keys string) cost {
	tb.Helper()
	c, err := measure(exec.Command(runner.Plugin, "verify", "--each-line", "-f", tokens, "--jwks", keys))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// verifyAloneWith makes this program verify the tokens of a file with crypto/rsa alone, and print the time.
// TestMain calls verifyAlone if it is set.
const verifyAloneWith = "AUTHN_VERIFY_ALONE"

// alone measures crypto/rsa alone, with some workers, in its own process. The time excludes decoding and hashing.
func alone(tb testing.TB, tokens, keys string, workers int) (c cost) {
	tb.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s", verifyAloneWith, workers, keys, tokens))
	out, err := cmd.Output()
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := fmt.Sscan(string(out), &c.took, &c.busy); err != nil {
		tb.Fatalf("%q: %v", out, err)
	}
	return c
}

func verifyAlone(how string) error {
	var workers int
	var keys, tokens string
	if _, err := fmt.Sscan(how, &workers, &keys, &tokens); err != nil {
		return err
	}
	data, err := os.ReadFile(keys)
	if err != nil {
		return err
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(data, &set); err != nil {
		return err
	}
	key := set.Keys[0].Key.(*rsa.PublicKey)
	file, err := os.Open(tokens)
	if err != nil {
		return err
	}
	defer file.Close()
	type made struct{ digest, signature []byte }
	var all []made
	for lines := bufio.NewScanner(file); lines.Scan(); {
		dot := strings.LastIndexByte(lines.Text(), '.')
		digest := sha256.Sum256([]byte(lines.Text()[:dot]))
		signature, err := base64.RawURLEncoding.DecodeString(lines.Text()[dot+1:])
		if err != nil {
			return err
		}
		all = append(all, made{digest[:], signature})
	}
	started, busy := time.Now(), processorTime()
	var next, good atomic.Int64
	var done sync.WaitGroup
	for range workers {
		done.Go(func() {
			for i := next.Add(1); int(i) <= len(all); i = next.Add(1) {
				if rsa.VerifyPKCS1v15(key, crypto.SHA256, all[i-1].digest, all[i-1].signature) == nil {
					good.Add(1)
				}
			}
		})
	}
	done.Wait()
	if int(good.Load()) != len(all) || len(all) == 0 {
		return fmt.Errorf("%d of %d signatures are good", good.Load(), len(all))
	}
	fmt.Println(int64(time.Since(started)), int64(processorTime()-busy))
	return nil
}

func processorTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkEachLine alternates between whole processes that verify 20,000 RS256 tokens, one per line, and
// crypto/rsa alone with the same signatures: on one processor for CPU time, and on all for elapsed time.
func BenchmarkEachLine(b *testing.B) {
	tokens, keys := manyTokens(b, 20_000)
	var ours, one, all cost
	for b.Loop() {
		one.add(alone(b, tokens, keys, 1))
		ours.add(eachLine(b, tokens, keys))
		all.add(alone(b, tokens, keys, runtime.NumCPU()))
	}
	n := float64(b.N)
	b.ReportMetric(ours.took.Seconds()*1000/n, "verify-ms")
	b.ReportMetric(all.took.Seconds()*1000/n, "crypto/rsa-ms")
	b.ReportMetric(ours.took.Seconds()/all.took.Seconds(), "ratio")
	b.ReportMetric(ours.busy.Seconds()/one.busy.Seconds(), "cpu-ratio")
	b.ReportMetric(float64(ours.kib)/1024, "MiB")
}

// TestEachLineMemory checks that memory does not grow with the number of lines.
func TestEachLineMemory(t *testing.T) {
	tokens, keys := manyTokens(t, 2_000)
	content, err := os.ReadFile(tokens)
	if err != nil {
		t.Fatal(err)
	}
	many := tokens + "-many"
	if err := os.WriteFile(many, bytes.Repeat(content, 25), 0o600); err != nil {
		t.Fatal(err)
	}
	few, more := eachLine(t, tokens, keys), eachLine(t, many, keys)
	if more.kib > few.kib+32<<10 || few.kib == 0 {
		t.Errorf("2,000 lines take %d KiB, 50,000 take %d", few.kib, more.kib)
	}
}
