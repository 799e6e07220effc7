package job

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// Progress shows how far a command is: a bar with rate and time left on a
// terminal, otherwise a line every 30 s. A nil *Progress shows nothing.
type Progress struct {
	mu       sync.Mutex
	w        io.Writer
	terminal bool
	update   func(line string) // shows the line in place of the last one
	verb     string
	total    int
	count    int
	failed   int
	start    time.Time
	last     time.Time
	every    time.Duration
	now      func() time.Time
}

// NewProgress reports on total items to w; the bar is used if w is a terminal.
func NewProgress(w io.Writer, verb string, total int) *Progress {
	p := &Progress{w: w, verb: verb, total: total, every: 30 * time.Second, now: time.Now}
	if f, ok := w.(*os.File); ok {
		if st, err := f.Stat(); err == nil && st.Mode()&os.ModeCharDevice != 0 {
			p.terminal, p.every = true, 200*time.Millisecond
		}
	}
	p.start = p.now()
	p.last = p.start
	return p
}

// NewProgressFunc reports by calling update with the whole line about twice a
// second: for notebooks.
func NewProgressFunc(update func(line string), verb string, total int) *Progress {
	p := NewProgress(io.Discard, verb, total)
	p.update, p.every = update, 500*time.Millisecond
	return p
}

// done counts an item. Why one failed is in the result of the job, which the caller shows.
func (p *Progress) done(err error) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count++
	if err != nil {
		p.failed++
	}
	if now := p.now(); now.Sub(p.last) >= p.every || (p.terminal || p.update != nil) &&
		p.count == p.total {
		p.last = now
		p.show(now)
	}
}

// Printf writes a line between the lines of the progress.
func (p *Progress) Printf(format string, args ...any) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *Progress) clear() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *Progress) show(now time.Time) {
	if p.update != nil {
		p.update(p.line(now))
		return
	}
	p.clear()
	fmt.Fprint(p.w, p.line(now))
	if !p.terminal {
		fmt.Fprintln(p.w)
	}
}

func (p *Progress) line(now time.Time) string {
	elapsed := now.Sub(p.start).Seconds()
	rate := float64(p.count) / max(elapsed, 1e-9)
	left := time.Duration(float64(p.total-p.count) / max(rate, 1e-9) * float64(time.Second)).Round(
		time.Second)
	s := fmt.Sprintf("%s %d/%d, %.2g/s, %v left", p.verb, p.count, p.total, rate, left)
	if p.failed > 0 {
		s += fmt.Sprintf(", %d failed", p.failed)
	}
	if p.terminal {
		const width = 24
		n := width * p.count / max(1, p.total)
		s = "[" + strings.Repeat("=", n) + strings.Repeat(" ", width-n) + "] " + s
	}
	return s
}

func (p *Progress) finish() {
	if p != nil && p.terminal && p.total > 0 {
		p.mu.Lock()
		defer p.mu.Unlock()
		fmt.Fprintln(p.w)
	}
}
