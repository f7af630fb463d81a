// Package crash carries a panic from the goroutine in which it happened to whoever reports it. Left alone, a panic ends
// the program and prints its value, which may quote a credential.
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
	// Cause says what happened, without the words of a value that may quote what was read.
	Cause string
	// Stack is that of the goroutine, in the format of runtime/debug.Stack.
	Stack []byte
}

// Catch runs f and returns its panic; nil where f returned.
func Catch(f func()) (c *Crash) {
	defer func() {
		if r := recover(); r != nil {
			c = of(r)
		}
	}()
	f()
	return nil
}

// Go runs f in a goroutine, and there tells ended how it ended: with a panic, or nil.
func Go(f func(), ended func(*Crash)) {
	go func() { ended(Catch(f)) }()
}

// of describes a value of recover in the goroutine that panicked. A Crash that was thrown again stays what it is.
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

// ofRuntime reports whether a type is the Go runtime's own: the texts of its errors hold numbers and names of types.
func ofRuntime(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == "runtime" || strings.HasPrefix(t.PkgPath(), "internal/runtime/")
}

// Group runs functions at once. The zero Group is ready.
type Group struct {
	running sync.WaitGroup
	mu      sync.Mutex
	first   *Crash
}

// Go runs f in a goroutine of its own.
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

// Wait returns when all functions have returned. It panics, with a *Crash, where one of them did.
func (g *Group) Wait() {
	g.running.Wait()
	if g.first != nil {
		panic(g.first)
	}
}
