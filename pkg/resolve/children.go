package resolve

import (
	"os"
	"slices"
	"time"
)

// process is a process of this machine and its parent.
type process struct{ id, parent int }

// children returns the descendants of this process; nil if the system does not list processes.
func children() []int { return below(processes(), []int{os.Getpid()}) }

// below returns the descendants of the parents.
func below(all []process, parents []int) []int {
	var out []int
	for parents = slices.Clone(parents); len(parents) > 0; parents = parents[1:] {
		for _, p := range all {
			if p.parent == parents[0] && p.id != p.parent && !slices.Contains(out, p.id) {
				out, parents = append(out, p.id), append(parents, p.id)
			}
		}
	}
	return out
}

// A process is asked to end before it is killed; this is how long it has, and how often.
const (
	endAttempts = 5
	endPause    = 20 * time.Millisecond
)

// end ends all descendants except others. client-go gives no handle on the processes that it
// starts.
func end(others []int) {
	var ours []int
	for attempt := range endAttempts {
		ours = frozen(ours, others)
		if len(ours) == 0 {
			return
		}
		for _, id := range ours {
			stop(id, attempt > 0)
		}
		time.Sleep(endPause)
	}
}

// frozen stops (SIGSTOP) and returns the processes of ours that still run and all descendants
// except others. A stopped process cannot start a child that would be missed: an orphan is no
// longer a descendant.
func frozen(ours, others []int) []int {
	for _, id := range ours {
		freeze(id)
	}
	for {
		before := len(ours)
		all := processes()
		for _, id := range slices.Concat(below(all, []int{os.Getpid()}), below(all, ours)) {
			if !slices.Contains(others, id) && !slices.Contains(ours, id) {
				ours = append(ours, id)
			}
		}
		if len(ours) == before {
			return slices.DeleteFunc(ours, func(id int) bool {
				return !slices.ContainsFunc(all, func(p process) bool { return p.id == id })
			})
		}
		for _, id := range ours[before:] {
			freeze(id)
		}
	}
}
