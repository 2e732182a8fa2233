package main

// Mozilla's authorities, for systems that have none of their own, such as an image that holds nothing but the program.
import _ "golang.org/x/crypto/x509roots/fallback"
