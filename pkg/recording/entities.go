package recording

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// eventsEnd ends the name of a BIDS table of events.
const eventsEnd = "_events.tsv"

func IsEvents(path string) bool { return strings.HasSuffix(strings.ToLower(path), eventsEnd) }

// entities are the parts key-value of a BIDS name, in their order.
type entities [][2]string

func EntitiesOf(path string) entities {
	base := filepath.Base(path)
	var out entities
	for _, part := range strings.Split(base[:strings.LastIndexByte("_"+base, '_')], "_") {
		if k, v, ok := strings.Cut(part, "-"); ok {
			out = append(out, [2]string{k, v})
		}
	}
	return out
}

func (e entities) get(key string) string {
	for _, kv := range e {
		if kv[0] == key {
			return kv[1]
		}
	}
	return ""
}

var taskParts = regexp.MustCompile(`^([A-Za-z]+)(\d+)(p\d+)?percent$`)

// recording is <subject>_<group>_<intensity>percent of sub-<subject>_task-<group><intensity>percent,
// with what else tells recordings apart after it.
func (e entities) recording() string {
	task := e.get("task")
	if m := taskParts.FindStringSubmatch(task); m != nil {
		task = m[1] + "_" + m[2] + strings.Replace(m[3], "p", ".", 1) + "percent"
	}
	name := e.get("sub") + "_" + task
	for _, kv := range e {
		if kv[0] != "sub" && kv[0] != "task" && kv[0] != "desc" {
			name += "_" + kv[0] + "-" + kv[1]
		}
	}
	return name
}

// Holds reports whether all of other's entities are among these.
func (e entities) Holds(other entities) bool {
	for _, kv := range other {
		if !slices.Contains(e, kv) {
			return false
		}
	}
	return true
}
