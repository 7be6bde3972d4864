/**
 * The object store on S3 and what speaks its protocol. {@link io.raftless.store.s3.S3Settings} says
 * where it is and opens it; a store whose conditional writes cannot be trusted is refused there.
 */
@NullMarked
package io.raftless.store.s3;

import org.jspecify.annotations.NullMarked;
