#!/usr/bin/env bash
# Tests of ./build and ./weir on made-up machines: JDKs and Mavens that are a few files, none of which is real.
set -uo pipefail

project=$(cd "$(dirname "$0")/../../.." && pwd)
root=$(cd "$(mktemp -d "${TMPDIR:-/tmp}/launcher-test.XXXXXX")" && pwd -P)
trap 'rm -rf "$root"' EXIT

passed=0
failed=0
machine=0

check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    echo "  exit code ${status:-?}, standard output:"
    sed 's/^/    /' "$here/out"
    echo "  standard error:"
    sed 's/^/    /' "$here/err"
  fi
}

# new_machine: an empty home directory, an empty system, a PATH without Java and Maven, and a copy of the launchers in
# a directory whose name has a blank.
new_machine() {
  local tool
  machine=$((machine + 1))
  here=$root/$machine
  mkdir -p "$here/home" "$here/system" "$here/bin" "$here/my project/src/main/java" "$here/my project/.mvn"
  for tool in awk basename bash cat cksum dirname find grep head ln mkdir mktemp mv readlink rm sed sleep sort tail tr \
    wc xargs; do
    ln -s "$(command -v "$tool")" "$here/bin/$tool"
  done
  cp "$project/build" "$project/weir" "$here/my project/"
  cp -R "$project/scripts" "$here/my project/"
  echo '<project/>' >"$here/my project/pom.xml"
  echo 'class App {}' >"$here/my project/src/main/java/App.java"
}

# jdk HOME VERSION
jdk() {
  mkdir -p "$1/bin"
  printf 'IMPLEMENTOR="Nobody"\nJAVA_VERSION="%s"\nOS_NAME="Linux"\n' "$2" >"$1/release"
  printf '#!/usr/bin/env bash\nprintf "java of %%s\\n" "%s"\nprintf "<%%s>\\n" "$@"\n' "$1" >"$1/bin/java"
  printf '#!/usr/bin/env bash\n' >"$1/bin/javac"
  chmod +x "$1/bin/java" "$1/bin/javac"
}

# maven HOME VERSION: one that tells what it was asked, and makes an application when asked to package.
maven() {
  mkdir -p "$1/bin"
  cat >"$1/bin/mvn" <<EOF
#!/usr/bin/env bash
if [ "\$1" = --version ]; then
  echo "Apache Maven $2 (none)"
  exit 0
fi
echo "mvn of $1"
echo "JAVA_HOME=\$JAVA_HOME"
echo "directory=\$PWD"
printf '<%s>\n' "\$@"
case " \$* " in
  *' package '*)
    echo built >>"$here/builds"
    [ ! -e "$here/break" ] || { echo 'BUILD FAILURE'; exit 7; }
    [ ! -e "$here/slow" ] || sleep 1
    app="$here/my project/target/quarkus-app"
    mkdir -p "\$app"
    echo app >"\$app/quarkus-run.jar"
    ;;
esac
EOF
  chmod +x "$1/bin/mvn"
}

# run [NAME=VALUE...] COMMAND...: with nothing else in its environment; leaves out, err and the exit code.
run() {
  local out=${here_out:-$here/out}
  (
    cd "$root" &&
      env -i PATH="$here/bin" HOME="$here/home" WEIR_SYSTEM_ROOT="$here/system" TMPDIR="$root" "$@"
  ) >"$out" 2>"${out%out}err" </dev/null
  status=$?
}

exits() { [ "$status" -eq "$1" ]; }
says() { grep -qF -- "$1" "$here/out"; }
complains() { grep -qF -- "$1" "$here/err"; }
in_one_line() { [ ! -s "$here/out" ] && [ "$(wc -l <"$here/err")" -eq 1 ]; }
builds() {
  : >>"$here/builds"
  [ "$(wc -l <"$here/builds")" -eq "$1" ]
}

build() { echo "$here/my project/build"; }
weir() { echo "$here/my project/weir"; }

# --- Finding a JDK

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/old" 17.0.15
jdk "$here/system/usr/lib/jvm/new" 25.0.1
run JAVA_HOME="$here/old" "$(build)"
check 'an older JAVA_HOME is passed over' says "JAVA_HOME=$here/system/usr/lib/jvm/new"
check 'and the build runs' exits 0

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/mine" 26-ea
jdk "$here/system/usr/lib/jvm/new" 25.0.1
run JAVA_HOME="$here/mine" "$(build)"
check 'a new enough JAVA_HOME comes first' says "JAVA_HOME=$here/mine"

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/on-path" 25
jdk "$here/system/usr/lib/jvm/new" 25.0.1
ln -s "$here/on-path/bin/javac" "$here/alternative"
ln -s ../alternative "$here/bin/javac"
run "$(build)"
check 'javac on the PATH leads to its JDK through links' says "JAVA_HOME=$here/on-path"

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/system/usr/lib/jvm/a" 1.8.0_402
jdk "$here/system/usr/lib/jvm/b" 21.0.2
jdk "$here/system/usr/lib/jvm/c" 25.0.1
rm "$here/system/usr/lib/jvm/c/bin/javac"
jdk "$here/home/.sdkman/candidates/java/25.0.1-tem" 25.0.1
run "$(build)"
check 'SDKMAN is found, after older JDKs and one without compiler' \
  says "JAVA_HOME=$here/home/.sdkman/candidates/java/25.0.1-tem"

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/home/.jdks/temurin-25" 25.0.1
run "$(build)"
check 'a JDK that an editor put into ~/.jdks is found' says "JAVA_HOME=$here/home/.jdks/temurin-25"

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/system/Library/Java/JavaVirtualMachines/temurin-25.jdk/Contents/Home" 25.0.1
run "$(build)"
check 'a JDK of macOS is found' \
  says "JAVA_HOME=$here/system/Library/Java/JavaVirtualMachines/temurin-25.jdk/Contents/Home"

new_machine
maven "$here/system/opt/maven" 3.9.9
jdk "$here/system/usr/lib/jvm/old" 24.0.2
run "$(build)"
check 'without a JDK it ends with 1' exits 1
check 'in one line' in_one_line
check 'that says what to install' complains 'needs JDK 25 or newer'

# --- Finding Maven

new_machine
jdk "$here/home/.jdks/25" 25
run "$(build)"
check 'without Maven it ends with 1' exits 1
check 'in one line' in_one_line
check 'that says what to install' complains 'Maven 3.8 or newer and found none'

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/old-maven" 3.6.3
run MAVEN_HOME="$here/old-maven" "$(build)"
check 'an older Maven is named' complains 'found 3.6.3'
check 'in one line' in_one_line
maven "$here/home/.sdkman/candidates/maven/3.10.1" 3.10.1
run MAVEN_HOME="$here/old-maven" "$(build)"
check 'and passed over' says "mvn of $here/home/.sdkman/candidates/maven/3.10.1"

# --- What Maven is asked

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/maven" 3.8.7
ln -s "$here/maven/bin/mvn" "$here/bin/mvn"
run "$(build)"
check 'build alone verifies' says '<verify>'
run "$(build)" -q test '-Dtest=A B'
check 'arguments are passed on' says '<test>'
check 'with their blanks' says '<-Dtest=A B>'
check 'to Maven alone' exits 0
mv "$here/my project" "$here/project"
ln -s "$here/project/build" "$here/link"
run "$here/link"
check 'it builds its own project, from anywhere' says "directory=$(cd "$here/project" && pwd -P)"

# --- Running Weir

new_machine
run "$(weir)"
check 'weir alone succeeds, even without a JDK' exits 0
check 'and lists its commands' says '  serve  '
check 'all of them' says '  predict  '
run "$(weir)" --help
check 'so does weir --help' says '  serve  '
run "$(weir)" sevre
check 'a mistyped command ends with 2' exits 2
check 'and is named' complains "'sevre'"
check 'none of this builds' builds 0
run "$(weir)" serve
check 'without a JDK weir serve ends with 1' exits 1
check 'in one line' in_one_line

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/system/opt/maven" 3.9.9
run WEIR_JAVA_OPTS='-Xmx64m -Dstar=*' "$(weir)" predict 'a b' ''
check 'the first run builds' builds 1
check 'says so' complains 'Building Weir (first run only'
check 'and starts the application' says "java of $here/home/.jdks/25"
check 'with its home' says "<-Dweir.home=$(cd "$here/my project" && pwd -P)>"
check 'the options for Java' says '<-Dstar=*>'
check 'and its arguments as they were' says '<a b>'
run "$(weir)" serve --port 8081
check 'the second run does not build' builds 1
check 'and says nothing of its own' [ ! -s "$here/err" ]
check 'but starts' says '<8081>'
echo 'class App { int x; }' >"$here/my project/src/main/java/App.java"
run "$(weir)" version
check 'a changed source is built' builds 2
echo 'class Other {}' >"$here/my project/src/main/java/Other.java"
run "$(weir)" version
check 'and a new one' builds 3

app=$(echo "$here/my project/target/launch"/app-*)
check 'builds that nobody runs are removed' [ -d "$app" ]
sleep 60 &
sleeper=$!
: >"$app/pids/$sleeper"
echo 'class Other { int x; }' >"$here/my project/src/main/java/Other.java"
run "$(weir)" version
check 'one that runs stays as it is' [ -f "$app/quarkus-run.jar" ]
kill "$sleeper"
wait "$sleeper" 2>/dev/null
echo 'class Other { long x; }' >"$here/my project/src/main/java/Other.java"
run "$(weir)" version
check 'until it ended' [ ! -e "$app" ]

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/system/opt/maven" 3.9.9
: >"$here/slow"
(
  here_out=$here/first.out
  run "$(weir)" status
  exit "$status"
) &
first=$!
for _ in 1 2 3 4 5; do
  builds 1 && break
  sleep 0.2
done
run "$(weir)" version
check 'of two at once one builds' builds 1
check 'the other waits' complains 'Waiting for the build'
check 'and starts' says '<version>'
wait "$first"
status=$?
check 'as does the first' grep -qF '<status>' "$here/first.out"
check 'with success' exits 0

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/system/opt/maven" 3.9.9
sh -c 'exit 0' &
dead=$!
wait "$dead"
mkdir -p "$here/my project/target/launch"
ln -s "$dead" "$here/my project/target/launch/lock"
run "$(weir)" version
check 'the lock of a dead process is taken over' builds 1
check 'and given back' [ ! -L "$here/my project/target/launch/lock" ]

new_machine
jdk "$here/home/.jdks/25" 25
maven "$here/system/opt/maven" 3.9.9
: >"$here/break"
run "$(weir)" serve
check "a failed build's exit code is kept" exits 7
check 'its last lines are shown' complains 'BUILD FAILURE'
check 'and where its log is' complains "$(cd "$here/my project" && pwd -P)/target/launch/build.log"
check 'and the lock is given back' [ ! -L "$here/my project/target/launch/lock" ]
rm "$here/break"
run "$(weir)" serve
check 'the next run builds again' builds 2
check 'and starts' says '<serve>'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
