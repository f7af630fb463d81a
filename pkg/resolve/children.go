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

// endPause is how long a process that was asked to end has for it.
const endPause = 40 * time.Millisecond

// end ends the children but those others: what client-go has started, of which it hands out
// no handle, and what that has started. They are asked to first.
func end(others []int) {
	for _, now := range []bool{false, true} {
		ours := frozen(others)
		if len(ours) == 0 {
			return
		}
		for _, id := range ours {
			stop(id, now)
		}
		if !now {
			time.Sleep(endPause)
		}
	}
}

// frozen are the children but those others, each made to stand still, so that none starts
// another one that is not seen: whose parent has ended is a child of somebody else.
func frozen(others []int) []int {
	var ours []int
	for {
		before := len(ours)
		all := processes()
		for _, id := range slices.Concat(below(all, []int{os.Getpid()}), below(all, ours)) {
			if !slices.Contains(others, id) && !slices.Contains(ours, id) {
				freeze(id)
				ours = append(ours, id)
			}
		}
		if len(ours) == before {
			return slices.DeleteFunc(ours, func(id int) bool {
				return !slices.ContainsFunc(all, func(p process) bool { return p.id == id })
			})
		}
	}
}
