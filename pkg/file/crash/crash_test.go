package crash

import "testing"

func TestPoint(t *testing.T) {
	Point("nobody listens")
	var got []string
	Arm(func(where string) { got = append(got, where) })
	Point("before")
	Arm(nil)
	Point("after")
	if len(got) != 1 || got[0] != "before" {
		t.Errorf("%q", got)
	}
}
