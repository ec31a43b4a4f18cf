import { EmptyState } from "../../ui/States";

export default function System() {
  return <EmptyState title="This screen is being built." />;
}
