// Package judge holds what the processes of the lab wrote down against what Hermod promises. It is pure: facts in,
// verdict out.
package judge
