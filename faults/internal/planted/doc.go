// Package planted breaks the product on purpose, one promise at a time, and sees whether the lab finds it: the proof
// that the lab sees. A fault is an edit of one source file, which is built with an overlay; the source stays as it is.
package planted
