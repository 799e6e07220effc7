package canvas

import "strings"

// Labels are the muscles and directed pairs in the order of the figures.
var Labels = []string{
	"VL", "VL<-VM", "VM<-VL", "VM", "TA", "FDI", "GM", "GM<-SOL", "SOL<-GM", "SOL",
}

// Label is the short name of a pair of muscles "A<->B": "A" within a muscle, "A<-B" for A
// inhibited by B. Other texts stay as they are.
func Label(pair string) string {
	a, b, ok := strings.Cut(pair, "<->")
	switch {
	case !ok:
		return pair
	case a == b:
		return a
	}
	return a + "<-" + b
}

// Spelled is a label for reading: "VL inhibited by VM".
func Spelled(label string) string { return strings.Replace(label, "<-", " inhibited by ", 1) }

// FirstMuscle is the inhibited muscle A of a pair "A<->B"; other texts stay as they are.
func FirstMuscle(pair string) string {
	a, _, _ := strings.Cut(pair, "<->")
	return a
}
