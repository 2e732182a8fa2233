// Package problem answers HTTP requests that cannot be served with problem details (RFC 9457): what is wrong, and what
// to do about it.
package problem
