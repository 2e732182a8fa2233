// Package process has processes end with the program that started them, however that ends. It is for the programs in
// the folder above.
package process
