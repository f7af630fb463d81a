// Package crash transfers a panic from its goroutine to the code that reports it. An unrecovered
// panic would print its value, which may quote a credential.
package crash

import (
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
)

// Crash is a panic that was caught.
type Crash struct {
	// Cause describes the panic without a value that may quote input.
	Cause string
	// Stack is the goroutine's stack, in the format of runtime/debug.Stack.
	Stack []byte
}

// Catch runs f and returns its panic; nil if f returned.
func Catch(f func()) (c *Crash) {
	defer func() {
		if r := recover(); r != nil {
			c = of(r)
		}
	}()
	f()
	return nil
}

// Go runs f in a goroutine, and then calls ended there with the panic or nil.
func Go(f func(), ended func(*Crash)) {
	go func() { ended(Catch(f)) }()
}

// of converts a value of recover in the goroutine that panicked. A Crash stays unchanged.
func of(value any) *Crash {
	switch v := value.(type) {
	case *Crash:
		return v
	case runtime.Error:
		if ofRuntime(reflect.TypeOf(v)) {
			return &Crash{v.Error(), debug.Stack()}
		}
	}
	return &Crash{fmt.Sprintf("panic with a value of type %T", value), debug.Stack()}
}

// ofRuntime reports whether a type belongs to the Go runtime, whose error messages have only
// numbers and type names.
func ofRuntime(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "runtime" || strings.HasPrefix(t.PkgPath(), "internal/runtime/")
}

// Group runs functions concurrently. The zero Group is ready to use.
type Group struct {
	running sync.WaitGroup
	mu      sync.Mutex
	first   *Crash
}

// Go runs f in a new goroutine.
func (g *Group) Go(f func()) {
	g.running.Go(func() {
		if c := Catch(f); c != nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			if g.first == nil {
				g.first = c
			}
		}
	})
}

// Wait returns when all functions have returned. It panics with a *Crash if one of them panicked.
func (g *Group) Wait() {
	g.running.Wait()
	if g.first != nil {
		panic(g.first)
	}
}
