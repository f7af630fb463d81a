package resolve

import (
	"os"
	"slices"
	"time"
)

// process is one of the machine's, and who started it.
type process struct{ id, parent int }

// children are the processes that this one has started, and theirs. It is empty where the
// system does not tell.
func children() []int { return below(processes(), []int{os.Getpid()}) }

// below are those that the parents have started, and theirs.
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

// What is to be ended is asked first, and has this long each time.
const (
	endAttempts = 5
	endPause    = 20 * time.Millisecond
)

// end ends the children but those others: what client-go has started, of which it hands out
// no handle, and what that has started.
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

// frozen are those of ours that still run and the children but those others, each made to stand
// still, so that none starts another one that is not seen: whose parent has ended is a child
// of somebody else.
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
